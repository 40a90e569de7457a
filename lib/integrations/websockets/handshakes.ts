import { IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { MaintenanceStatus } from '../../interfaces/maintenance-status.js';
import type { RequestFacts } from '../../interfaces/request-facts.js';
import { writeAnswer } from '../../response/raw-response.js';
import { whileOpen } from '../../internals/node-http.js';
import type { Blocking } from '../../policy/policy.js';
import type { RouteRule } from '../../policy/route-rules.js';
import type { Answer } from '../../response/problem.js';
import type { IntegrationParts } from '../../http/integration.js';
import type { Cors } from '../../internals/websocket-servers.js';

/** Judges the requests that open connections, and answers those that are refused. */
export class Handshakes {
  constructor(private readonly parts: Pick<IntegrationParts, 'policy' | 'host' | 'responder'>) {}

  /** What holds for a connection that serves all of these rules, before its request is looked at. */
  active(rules: readonly RouteRule[]): Blocking {
    const { policy } = this.parts;
    const [first] = rules;
    if (first === undefined || rules.some((rule) => policy.activeStatus(rule) === null)) return null;
    return policy.activeStatus(first);
  }

  /**
   * Decides on a connection that serves all of these rules: it is made if one of them lets it. A promise only if an
   * exemption needs one.
   *
   * @param request null if it is not known: nothing is exempt.
   */
  decide(rules: readonly RouteRule[], request: IncomingMessage | null): Blocking | Promise<Blocking> {
    const active = this.active(rules);
    if (active === null) return null;
    // A handshake only reads.
    if (request === null) return active.mode === 'read-only' ? null : active;
    const statuses = rules
      .filter(({ kind }) => kind !== 'on')
      .map((rule) => this.parts.policy.activeStatus(rule));
    // Mostly it is the application's, for all of them.
    const [first, ...others] = [...new Set(statuses)].filter((status) => status !== null);
    const facts = first === undefined ? null : this.facts(request);
    if (first === undefined || facts === null) return active;
    return this.#admitted([first, ...others], facts, active);
  }

  /** What the adapter knows of a request that it has not seen; null if it fails to tell: then nothing is exempt. */
  facts(request: IncomingMessage): RequestFacts | null {
    try {
      return this.parts.host.bridge.upgradeFacts(request);
    } catch {
      return null;
    }
  }

  /** What clients get whose connection is refused or closed. They are programs, so it is never the page. */
  answer(status: MaintenanceStatus): Answer {
    return this.parts.responder.answer(null, status);
  }

  /** @returns `blocking` unless the request passes for one of the statuses. */
  #admitted(
    [status, ...others]: readonly MaintenanceStatus[],
    facts: RequestFacts,
    blocking: MaintenanceStatus,
  ): Blocking | Promise<Blocking> {
    if (status === undefined) return blocking;
    const orNext = (admitted: boolean): Blocking | Promise<Blocking> =>
      admitted ? null : this.#admitted(others, facts, blocking);
    const admitted = this.parts.policy.admits(facts, status);
    return admitted instanceof Promise ? admitted.then(orNext) : orNext(admitted);
  }
}

/** What opened a connection; null for what Node's HTTP server has not made. */
export function asRequest(request: unknown): IncomingMessage | null {
  return request instanceof IncomingMessage ? request : null;
}

/** Goes on at once if the decision is known. */
export function whenDecided(
  decision: Blocking | Promise<Blocking>,
  socket: Duplex,
  pass: () => unknown,
  refuse: (status: MaintenanceStatus) => void,
): void {
  const decide = (settled: Blocking): void => {
    if (settled === null) pass();
    else refuse(settled);
  };
  if (decision instanceof Promise) void whileOpen(socket, decision, decide);
  else decide(decision);
}

/** Answers a request for a WebSocket, of which Node has left nothing but the socket. */
export function refuseUpgrade(socket: Duplex, { statusCode, allHeaders, body }: Answer): void {
  if (!socket.writable) return void socket.destroy();
  const fields = { ...allHeaders, Connection: 'close', Date: new Date().toUTCString() };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode] ?? ''}\r\n${lines.join('')}\r\n`;
  socket.on('error', () => undefined);
  // A client that keeps its side open must not keep the connection.
  socket.once('finish', () => socket.destroy());
  socket.end(Buffer.concat([Buffer.from(head, 'latin1'), body]));
}

/** Answers an HTTP request that the adapter does not see, with the headers that others have set (CORS). */
export function refuseRequest(response: ServerResponse, answer: Answer): void {
  if (!response.destroyed) writeAnswer(response, answer);
}

/** A server of gateways, which takes requests from an HTTP server past the adapter. */
export interface GatewayServer {
  /** Whether it gets this upgrade, and then decides on it itself. */
  takesUpgrade(url: string): boolean;
  /** Whether it answers this request, and decides nothing. Without it, it answers none. */
  readonly servesFile?: (url: string) => boolean;
  readonly rules: readonly RouteRule[];
  readonly cors: Cors | null;
}
