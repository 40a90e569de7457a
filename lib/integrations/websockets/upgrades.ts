import { IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { IntegrationParts } from '../../http/integration.js';
import type { ServerHooks } from '../../internals/node-http.js';
import {
  isSocketIoConnection,
  isWsClosed,
  isWsConnection,
  type WsConnection,
} from '../../internals/websockets.js';
import type { Blocking } from '../../policy/policy.js';
import { type RouteRule, UNDECORATED } from '../../policy/route-rules.js';
import type { MaintenanceProblem } from '../../response/problem.js';
import { memberOf } from '../../validation/values.js';
import { GatewayServer, Handshakes, refuseRequest, refuseUpgrade, whenDecided } from './handshakes.js';

/**
 * Decides about requests of an HTTP server that the adapter never sees: upgrades (gateways, subscriptions of GraphQL, any other
 * listener) and files that socket.io serves.
 */
export class Upgrades implements ServerHooks {
  readonly #servers = new Set<GatewayServer>();
  /** Present once a server serves files. */
  request: ServerHooks['request'];

  constructor(
    private readonly handshakes: Handshakes,
    private readonly connections: OpenConnections,
  ) {}

  /** For an application without gateways. */
  static create(parts: IntegrationParts): Upgrades {
    const handshakes = new Handshakes(parts);
    return new Upgrades(handshakes, new OpenConnections(parts, handshakes));
  }

  /** The server decides about its own upgrades. Its files are decided on here. */
  add(server: GatewayServer): void {
    this.#servers.add(server);
    if (server.servesFile) this.request = this.#request;
  }

  /** An upgrade that no gateway handles belongs to the application. */
  upgrade(request: IncomingMessage, socket: Duplex, pass: () => void): void {
    const { url = '' } = request;
    if (this.#find((server) => server.takesUpgrade(url))) return pass();
    const open = (): void => {
      if (asksForWebSocket(request)) this.#watch(socket, request);
      pass();
    };
    whenDecided(this.handshakes.admit([UNDECORATED], request), socket, open, (status) =>
      refuseUpgrade(socket, this.handshakes.answer(status)),
    );
  }

  readonly #request = (request: IncomingMessage, response: ServerResponse, pass: () => void): void => {
    const { url = '' } = request;
    const server = this.#find(({ servesFile }) => servesFile?.(url) === true);
    if (!server) return pass();
    whenDecided(this.handshakes.admit(server.rules, request), request.socket, pass, (status) => {
      const refuse = (): void => refuseRequest(response, this.handshakes.answer(status));
      if (server.cors) server.cors(request, response, refuse);
      else refuse();
    });
  };

  #watch(socket: Duplex, request: IncomingMessage): void {
    const client = new UpgradedSocket(socket);
    this.connections.add({ client, request, rules: [UNDECORATED], serverRules: [UNDECORATED] });
  }

  #find(test: (server: GatewayServer) => boolean): GatewayServer | undefined {
    for (const server of this.#servers) if (test(server)) return server;
    return undefined;
  }
}

function asksForWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket';
}

export interface Connection {
  readonly client: object;
  /** The request that opened it; null if it is not known. */
  readonly request: IncomingMessage | null;
  readonly rules: readonly RouteRule[];
  /** The rules of everything that shares its transport: namespaces of socket.io. */
  readonly serverRules: readonly RouteRule[];
}

/** Closes connections when maintenance begins, except those that would still be admitted. Only with `close.webSockets`. */
export class OpenConnections {
  readonly #open = new Set<Connection>();
  readonly #closes: boolean;

  constructor(
    { options, state }: Pick<IntegrationParts, 'options' | 'state'>,
    private readonly handshakes: Handshakes,
  ) {
    this.#closes = options.close.webSockets;
    if (!this.#closes) return;
    state.listen((events) => {
      if (events.some(({ after }) => after.state === 'active')) void this.#closeBlocked();
    });
  }

  add(connection: Connection): void {
    if (!this.#closes) return;
    this.#open.add(connection);
    onceClosed(connection.client, () => this.#open.delete(connection));
  }

  /** Sends the reason to the client and closes its connection. */
  close({ client, serverRules }: Connection, status: NonNullable<Blocking>): void {
    const { problem } = this.handshakes.answer(status);
    tellConnection(client, problem);
    closeConnection(client, problem, this.handshakes.active(serverRules) !== null);
  }

  /** Sends all reasons first: closing one connection may end the transport of others. */
  async #closeBlocked(): Promise<void> {
    const decided = await Promise.all(
      [...this.#open].map(async (connection) => ({
        connection,
        status: await this.handshakes.decide(connection.rules, connection.request),
      })),
    );
    for (const { connection, status } of decided) {
      if (status !== null) tellConnection(connection.client, this.handshakes.answer(status).problem);
    }
    for (const { connection, status } of decided) {
      if (status === null) continue;
      const isWhole = this.handshakes.active(connection.serverRules) !== null;
      closeConnection(connection.client, this.handshakes.answer(status).problem, isWhole);
    }
  }
}

/** By this code clients distinguish maintenance errors from others. */
const CODE = 'MAINTENANCE';
/** "Try Again Later" in the IANA registry of WebSocket close codes (RFC 6455 section 11.7). */
const TRY_AGAIN_LATER = 1013;
/** RFC 6455 section 5.5: a control frame has at most 125 bytes, two of them for the code. */
const MAX_REASON_BYTES = 123;
/** A close frame without a mask, as servers send it (RFC 6455 section 5.5.1). */
const CLOSE_FRAME = 0x88;
/** How long a client may take to answer a close frame: as in `ws`. */
const CLOSE_TIMEOUT_MS = 30_000;

/**
 * The error that clients of a gateway receive: in the form of Nest's own errors (`status: 'error'`), with the values of the
 * problem details.
 */
export interface WebSocketError {
  readonly status: 'error';
  readonly code: typeof CODE;
  readonly message: string;
  readonly [member: string]: unknown;
}

/** @param pattern of the message that was not handled, as in Nest's own errors. */
export function webSocketError(problem: MaintenanceProblem, pattern?: string): WebSocketError {
  const { type: _type, title: _title, status: _status, error: _error, detail, ...values } = problem;
  return {
    ...values,
    status: 'error',
    code: CODE,
    message: detail,
    ...(pattern !== undefined && { cause: { pattern } }),
  };
}

/**
 * A WebSocket of another listener for upgrades, such as subscriptions of GraphQL. Its server is not known, so the close frame
 * is written to the socket: a control frame is allowed between any two frames of the server, which ends the connection when
 * the client has answered it.
 */
export class UpgradedSocket {
  /** Not 0 on a connection that was kept alive, which has sent responses before. */
  readonly #writtenBefore: unknown;

  constructor(private readonly socket: Duplex) {
    this.#writtenBefore = memberOf(socket, 'bytesWritten');
  }

  onceClosed(listener: () => void): void {
    this.socket.once('close', listener);
  }

  /** @param reason at most 123 bytes */
  close(code: number, reason: string): void {
    const { socket } = this;
    if (!socket.writable) return;
    // The handshake is not answered yet, so frames are not possible.
    if (memberOf(socket, 'bytesWritten') === this.#writtenBefore) {
      socket.destroy();
      return;
    }
    const payload = Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason, 'utf8')]);
    socket.write(Buffer.concat([Buffer.from([CLOSE_FRAME, payload.length]), payload]));
    const timer = setTimeout(() => socket.destroy(), CLOSE_TIMEOUT_MS).unref();
    socket.once('close', () => clearTimeout(timer));
  }
}

export function onceClosed(client: object, listener: () => void): void {
  if (client instanceof UpgradedSocket) client.onceClosed(listener);
  else if (isWsConnection(client)) client.once('close', listener);
  else if (isSocketIoConnection(client)) client.once('disconnect', listener);
}

export function isGone(client: unknown): boolean {
  return isWsClosed(client) || memberOf(client, 'connected') === false;
}

/**
 * NestJS 11 sends errors to a connection of `ws` as if it were socket.io: by `emit`, which reaches only this process. So this
 * listens for ours and sends them.
 */
export function forwardErrors(client: object): void {
  if (!isWsConnection(client)) return;
  client.on('exception', (error) => {
    if (isWebSocketError(error)) send(client, error);
  });
}

/** Sends the reason in the form of Nest's own errors; not to connections of other listeners, whose protocol is not known. */
export function tellConnection(client: object, problem: MaintenanceProblem): void {
  const data = webSocketError(problem);
  if (isWsConnection(client)) send(client, data);
  else if (isSocketIoConnection(client)) client.emit('exception', data);
}

/**
 * @param isWhole whether everything that shares the transport is blocked. Then the transport of socket.io is closed, and clients
 * reconnect automatically when maintenance is over; a client that is disconnected from one namespace does not.
 */
export function closeConnection(client: object, problem: MaintenanceProblem, isWhole: boolean): void {
  if (client instanceof UpgradedSocket || isWsConnection(client)) {
    client.close(TRY_AGAIN_LATER, shortened(problem.detail));
  } else if (isSocketIoConnection(client)) {
    if (isWhole) client.conn.close();
    else client.disconnect();
  }
}

function send(client: WsConnection, data: WebSocketError): void {
  client.send(JSON.stringify({ event: 'exception', data }));
}

function isWebSocketError(error: unknown): error is WebSocketError {
  return memberOf(error, 'code') === CODE && memberOf(error, 'status') === 'error';
}

/** As much of a text as fits into a close frame, without splitting a character. */
function shortened(text: string): string {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= MAX_REASON_BYTES) return text;
  let end = MAX_REASON_BYTES - Buffer.byteLength('…');
  // Continuation bytes of UTF-8 begin with the bits 10.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return `${bytes.toString('utf8', 0, end)}…`;
}
