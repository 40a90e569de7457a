import { type IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http';
import { Server as HttpsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { type CanActivate, type ExecutionContext, type Type, UseGuards } from '@nestjs/common';
import type { ApplicationConfig } from '@nestjs/core';
import { memberOf } from '../validation/values.js';

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

type Method = (...args: unknown[]) => unknown;

/** Called by the proxy of a WebSocket adapter. */
export interface AdapterHooks {
  /** A server, or a namespace of one, that the adapter has created or found. */
  created(server: unknown, port: number, options: unknown): void;
  /** Returns the function to call for each connection to a server, instead of `callback`. */
  connecting(server: unknown, callback: Method): Method;
  /** Returns the function to call for each message of a connection, instead of `callback`. */
  handling(client: unknown, callback: Method): Method;
}

/**
 * Gives Nest a proxy of the adapter, since there is no public hook between the two. Nest calls `getIoAdapter` each time that it
 * needs the adapter, and sets one if the application has not.
 *
 * @returns false if there is no `getIoAdapter`: the hooks are then never called.
 */
export function hookAdapter(config: ApplicationConfig, hooks: AdapterHooks): boolean {
  type Adapter = ReturnType<ApplicationConfig['getIoAdapter']>;
  if (typeof memberOf(config, 'getIoAdapter') !== 'function') return false;
  const proxies = new WeakMap<Adapter, Adapter>();
  const getIoAdapter = config.getIoAdapter.bind(config);
  config.getIoAdapter = () => {
    const adapter = getIoAdapter() as Adapter | undefined;
    // Not set yet: Nest checks this.
    if (!adapter) return adapter as unknown as Adapter;
    let proxy = proxies.get(adapter);
    if (!proxy) proxies.set(adapter, (proxy = proxyOf(adapter, hooks)));
    return proxy;
  };
  return true;
}

interface MessageHandler {
  readonly callback: Method;
}

/**
 * The adapter as Nest sees it. The original stays unchanged: it may have private members, and another application may use it
 * too.
 */
function proxyOf<T extends object>(adapter: T, hooks: AdapterHooks): T {
  return new Proxy(adapter, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function' || name === 'constructor') return member;
      const method = (member as Method).bind(target);
      if (name === 'create') {
        return (port: number, options?: unknown): unknown => {
          const server = method(port, options);
          hooks.created(server, port, options);
          return server;
        };
      }
      if (name === 'bindClientConnect') {
        return (server: unknown, callback: Method): unknown =>
          method(server, hooks.connecting(server, callback));
      }
      if (name === 'bindMessageHandlers') {
        return (client: unknown, handlers: readonly MessageHandler[], ...rest: unknown[]): unknown => {
          const counted = handlers.map((handler) => ({
            ...handler,
            callback: hooks.handling(client, handler.callback),
          }));
          return method(client, counted, ...rest);
        };
      }
      return method;
    },
    set(target, name, value) {
      return Reflect.set(target, name, value, target);
    },
  });
}

/** The guard of the application to which a connection belongs. */
const guards = new WeakMap<object, CanActivate>();

/**
 * NestJS 11 runs no global guards for gateways, so this one is added to their classes. A class may serve several applications
 * of one process. A connection belongs to one of them; if that has no maintenance mode, this guard lets everything through.
 */
const gatewayGuard: CanActivate = {
  canActivate: (context: ExecutionContext) =>
    guards.get(context.getArgByIndex<object>(0))?.canActivate(context) ?? true,
};

/**
 * Adds the guard to a class, before Nest reads the list of its guards. `@UseGuards()` would add it after the class's own
 * guards, so the list is written directly, if the metadata key is found.
 */
export function addGatewayGuard(type: Type): void {
  const known = guardsKey === undefined ? [] : guardsOf(type, guardsKey);
  if (known.includes(gatewayGuard)) return;
  if (guardsKey === undefined) UseGuards(gatewayGuard)(type);
  else Reflect.defineMetadata(guardsKey, [gatewayGuard, ...known], type);
}

@UseGuards(gatewayGuard)
class Guarded {}

const guardsKey = (Reflect.getMetadataKeys(Guarded) as unknown[]).find((key) =>
  guardsOf(Guarded, key).includes(gatewayGuard),
);

function guardsOf(type: Type, key: unknown): readonly unknown[] {
  const list: unknown = Reflect.getMetadata(key, type);
  return Array.isArray(list) ? list : [];
}

/** Sets the guard that decides about the messages of a connection. */
export function guardConnection(client: object, guard: CanActivate): void {
  guards.set(client, guard);
}
