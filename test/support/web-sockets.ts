import { text } from 'node:stream/consumers';
import type { IncomingMessage } from 'node:http';
import type { Type } from '@nestjs/common';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { WsAdapter } from '@nestjs/platform-ws';
import { WebSocketGateway } from '@nestjs/websockets';
import { io, type Socket } from 'socket.io-client';
import { WebSocket } from 'ws';
import { type AppSettings, platforms, type TestApp } from './platforms.js';

/** A client that is connected, of whatever library. */
export interface Client {
  send(event: string, data?: unknown): void;
  /** The data of the next event that has not been asked for. */
  next(): Promise<{ readonly event: string; readonly data: unknown }>;
  /** What has come that has not been asked for. */
  unread(): readonly unknown[];
  /** How the connection ended: the close code and reason of `ws`, or socket.io's reason. */
  readonly closed: Promise<{ readonly code?: number; readonly reason: string }>;
  isOpen(): boolean;
}

/** Why a connection was not made. */
export class Refused extends Error {
  override readonly name = 'Refused';

  constructor(
    /** Null where the transport was opened and a namespace refused. */
    readonly status: number | null,
    /** What the client can read. */
    readonly data: unknown,
    readonly headers: Readonly<Record<string, unknown>> = {},
  ) {
    super(`Refused with ${status}: ${JSON.stringify(data)}`);
  }
}

export interface ConnectOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly port?: number;
}

/** One library, as server and client. */
export interface SocketKind {
  readonly name: 'ws' | 'socket.io' | 'socket.io by polling';
  /** The decorator's options for a gateway of this name: a path, or a namespace. */
  at(name: string): object;
  connect(app: TestApp, name: string, options?: ConnectOptions): Promise<Client>;
}

const clients = new Set<{ close(): void | Promise<void> }>();

/** For `afterEach`, before the applications are closed: closes what the test has connected. */
export async function closeClients(): Promise<void> {
  const all = [...clients];
  clients.clear();
  await Promise.all(all.map(async (client) => client.close()));
}

const WS: SocketKind = {
  name: 'ws',
  at: (name) => ({ path: `/${name}` }),
  connect: ({ port }, name, options) => connectWs(`ws://127.0.0.1:${options?.port ?? port}/${name}`, options),
};

const ioOf = (name: SocketKind['name'], transport: 'polling' | 'websocket'): SocketKind => ({
  name,
  at: (namespace) => ({ namespace }),
  connect: ({ port }, namespace, options) =>
    connectIo(`http://127.0.0.1:${options?.port ?? port}/${namespace}`, transport, options),
});

const KINDS = [WS, ioOf('socket.io', 'websocket'), ioOf('socket.io by polling', 'polling')];

/** Every library on every adapter, for `describe.each`. */
export const sockets = platforms.flatMap(([adapter, createApp]) =>
  KINDS.map((kind) => {
    const create = async (gateways: readonly Type[], settings: AppSettings = {}): Promise<TestApp> =>
      createApp({
        ...settings,
        providers: [...gateways, ...(settings.providers ?? [])],
        configure: async (app) => {
          app.useWebSocketAdapter(kind.name === 'ws' ? new WsAdapter(app) : new IoAdapter(app));
          await settings.configure?.(app);
        },
      });
    return [`${kind.name} on ${adapter}`, kind, create] as const;
  }),
);

/** Where a gateway is, at the application's port, or at a port of its own. */
export function gatewayAt(kind: SocketKind, name: string, port?: number): ClassDecorator {
  return port === undefined ? WebSocketGateway(kind.at(name)) : WebSocketGateway(port, kind.at(name));
}

export async function connectWs(url: string, { headers = {} }: ConnectOptions = {}): Promise<Client> {
  const socket = new WebSocket(url, { headers });
  clients.add({ close: () => socket.terminate() });
  const inbox = new Inbox();
  socket.on('message', (data: Buffer) => {
    const { event, data: value } = JSON.parse(data.toString()) as { event: string; data: unknown };
    inbox.put(event, value);
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }));
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
    socket.once('unexpected-response', (_request, response: IncomingMessage) => {
      void text(response).then((body) =>
        reject(new Refused(response.statusCode ?? 0, parsed(body), response.headers)),
      );
    });
  });
  return {
    send: (event, data) => socket.send(JSON.stringify({ event, data })),
    next: () => inbox.next(),
    unread: () => inbox.unread(),
    closed,
    isOpen: () => socket.readyState === WebSocket.OPEN,
  };
}

/** The client as it is, for what only socket.io has. */
export function ioClient(
  url: string,
  transport: 'polling' | 'websocket',
  { headers = {} }: ConnectOptions = {},
): Socket {
  const socket = io(url, {
    transports: [transport],
    extraHeaders: { ...headers },
    forceNew: true,
    reconnection: false,
  });
  clients.add({ close: async () => disconnected(socket) });
  return socket;
}

async function connectIo(
  url: string,
  transport: 'polling' | 'websocket',
  options: ConnectOptions = {},
): Promise<Client> {
  const socket = ioClient(url, transport, options);
  const inbox = new Inbox();
  socket.onAny((event: string, data: unknown) => inbox.put(event, data));
  const closed = new Promise<{ reason: string }>((resolve) => {
    socket.once('disconnect', (reason) => resolve({ reason }));
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('connect_error', (error) => reject(refused(error)));
  });
  return {
    send: (event, data) => socket.emit(event, data),
    next: () => inbox.next(),
    unread: () => inbox.unread(),
    closed,
    isOpen: () => socket.connected,
  };
}

/** Long polling says goodbye by one more request. */
async function disconnected(socket: Socket): Promise<void> {
  // Other namespaces would have it connect again.
  socket.io.reconnection(false);
  const { engine } = socket.io;
  if (engine.readyState === 'closed') return;
  const closed = new Promise<void>((resolve) => {
    engine.once('close', () => resolve());
  });
  socket.disconnect();
  engine.close();
  await closed;
}

/** Of polling, the client has the HTTP answer; of a WebSocket, its status in a text; of a namespace, the error's data. */
function refused(error: Error): Error {
  if ('data' in error) return new Refused(null, error.data);
  const { context, description } = error as TransportError;
  if (context?.status !== undefined) return new Refused(context.status, parsed(context.responseText ?? ''));
  const status = /response: (\d+)/.exec(description?.message ?? '')?.[1];
  return status === undefined ? error : new Refused(Number(status), null);
}

interface TransportError extends Error {
  readonly context?: { readonly status?: number; readonly responseText?: string };
  readonly description?: { readonly message?: string };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

/** Events in their order, each given out once. */
class Inbox {
  readonly #events: { event: string; data: unknown }[] = [];
  readonly #waiting: ((event: { event: string; data: unknown }) => void)[] = [];

  put(event: string, data: unknown): void {
    const waiting = this.#waiting.shift();
    if (waiting) waiting({ event, data });
    else this.#events.push({ event, data });
  }

  unread(): readonly unknown[] {
    return this.#events;
  }

  async next(): Promise<{ event: string; data: unknown }> {
    const event = this.#events.shift();
    return event ?? new Promise((resolve) => this.#waiting.push(resolve));
  }
}

/** What the promise was rejected with. */
export async function refusalOf(connecting: Promise<unknown>): Promise<Refused> {
  const [result] = await Promise.allSettled([connecting]);
  if (result.status === 'rejected' && result.reason instanceof Refused) return result.reason;
  throw new Error('The connection was not refused.', {
    cause: result.status === 'rejected' ? result.reason : undefined,
  });
}
