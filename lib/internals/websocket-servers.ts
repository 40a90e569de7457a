import { type IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { memberOf } from '../validation/values.js';
import { Server as HttpsServer } from 'node:https';

/** A handshake that a server is about to answer. */
export interface Handshake {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  /** Lets the server answer it. */
  readonly pass: () => void;
}

/** The server of the package `ws`, recognised by its methods. */
export interface WsServer {
  handleUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer, callback: unknown) => void;
}

export function isWsServer(server: object): server is WsServer {
  return typeof memberOf(server, 'handleUpgrade') === 'function';
}

/**
 * Calls `decide` before the server handles a handshake, on any path and port. `verifyClient`, which is public, can be set only
 * when the server is created.
 */
export function onWsHandshake(server: WsServer, decide: (handshake: Handshake) => void): void {
  const { handleUpgrade } = server;
  server.handleUpgrade = (request, socket, head, callback) => {
    const pass = (): void => Reflect.apply(handleUpgrade, server, [request, socket, head, callback]);
    decide({ request, socket, pass });
  };
}

/** Whether `WsAdapter` of Nest would choose the server: by the `path` that it has written to it. */
export function isForWsServer(server: WsServer, url: string): boolean {
  return (
    URL.canParse(url, 'ws://any.invalid') &&
    new URL(url, 'ws://any.invalid').pathname === memberOf(server, 'path')
  );
}

/** A connection of the package `ws`, recognised by its methods. */
export interface WsConnection {
  send(data: string): void;
  close(code: number, reason: string): void;
  once(event: 'close', listener: () => void): void;
  on(event: 'exception', listener: (error: unknown) => void): void;
}

/** Connections of socket.io have no `readyState`. */
export function isWsConnection(client: object): client is WsConnection {
  const can = ['send', 'close', 'on', 'once'].every((name) => typeof memberOf(client, name) === 'function');
  return can && typeof memberOf(client, 'readyState') === 'number';
}

/** Whether it is closing (2) or closed (3): `readyState` of the WebSockets standard. */
export function isWsClosed(client: unknown): boolean {
  const state = memberOf(client, 'readyState');
  return typeof state === 'number' && state >= 2;
}

type AllowRequest = (
  request: IncomingMessage,
  callback: (error: string | null | undefined, success: boolean) => void,
) => void;

/** Sets the CORS headers of socket.io's own answers, or answers a preflight. */
export type Cors = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

export interface Namespace {
  use(middleware: (socket: object, next: (error?: Error) => void) => void | Promise<void>): unknown;
}

/** The server of the package `socket.io`, recognised by its methods. */
export interface SocketIoServer extends Namespace {
  of(namespace: unknown): Namespace;
  path(): string;
  on(event: 'new_namespace', listener: (namespace: Namespace) => void): unknown;
}

/** A connection to a namespace. */
export interface SocketIoConnection {
  readonly conn: { close(): void };
  emit(event: string, data: unknown): void;
  disconnect(): void;
  once(event: 'disconnect', listener: () => void): void;
}

export function isSocketIoServer(server: object): server is SocketIoServer {
  return ['of', 'path', 'use', 'on'].every((name) => typeof memberOf(server, name) === 'function');
}

export function isNamespace(server: object): server is Namespace {
  const parent = memberOf(server, 'server');
  return (
    typeof memberOf(server, 'use') === 'function' &&
    typeof parent === 'object' &&
    parent !== null &&
    isSocketIoServer(parent)
  );
}

export function isSocketIoConnection(client: object): client is SocketIoConnection {
  return typeof memberOf(client, 'disconnect') === 'function' && memberOf(client, 'conn') !== undefined;
}

/**
 * Calls `decide` for each handshake of engine.io, by long polling or by WebSocket, when socket.io has set its CORS headers.
 * `allowRequest`, which is public, can be set only when the server is created. If the engine has no options, namespaces refuse.
 *
 * @param decide calls `pass` to let the server handle the handshake
 */
export function onEngineHandshake(
  io: SocketIoServer,
  decide: (request: IncomingMessage, pass: () => void) => void,
): void {
  const options = memberOf(memberOf(io, 'engine'), 'opts');
  if (typeof options !== 'object' || options === null) return;
  const original = memberOf(options, 'allowRequest') as AllowRequest | undefined;
  const allowRequest: AllowRequest = (request, callback) =>
    decide(request, () => {
      if (original) Reflect.apply(original, options, [request, callback]);
      else callback(null, true);
    });
  Object.assign(options, { allowRequest });
}

/** The response that engine.io stores on its request; null for an upgrade. */
export function engineResponse(request: IncomingMessage): ServerResponse | null {
  const response: unknown = Reflect.get(request, 'res');
  return response instanceof ServerResponse ? response : null;
}

/** The HTTP server that socket.io is attached to. */
export function httpServerOf(io: SocketIoServer): HttpServer | null {
  const server = memberOf(io, 'httpServer');
  return server instanceof HttpServer || server instanceof HttpsServer ? (server as HttpServer) : null;
}

/** Null if the server was created without `cors`. */
export function corsOf(io: SocketIoServer): Cors | null {
  const cors: unknown = memberOf(io, '_corsMiddleware');
  return typeof cors === 'function' ? (cors as Cors) : null;
}

/** Whether engine.io handles the upgrade. */
export function isForEngine(io: SocketIoServer, url: string): boolean {
  const withSlash = memberOf(memberOf(io, '_opts'), 'addTrailingSlash') !== false;
  return url.startsWith(withSlash ? `${io.path()}/` : io.path());
}

/** Whether socket.io answers the request with a file of its client library. */
export function isForClientFile(io: SocketIoServer, url: string): boolean {
  const path = io.path();
  return url.startsWith(`${path}/`) && /^[^/?]+\.js(?:\.map)?(?:\?|$)/.test(url.slice(path.length + 1));
}
