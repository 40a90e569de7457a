import { channel } from 'node:diagnostics_channel';
import { EventEmitter } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { memberOf } from '../validation/values.js';
import type { Duplex } from 'node:stream';

/** What Node's HTTP server does not document. `docs/architecture.md` says why nothing public serves. */

interface HttpSocket extends Socket {
  /** The response that a connection is busy with. */
  readonly _httpMessage?: ServerResponse | null;
  readonly server?: Server;
}

/** Subscribers get the response of every request. */
const requests = channel('http.server.request.start');

/** The response that a connection is busy with. */
export function responseOn(socket: Socket): ServerResponse | undefined {
  return (socket as HttpSocket)._httpMessage ?? undefined;
}

/** The response that the connection of a request is busy with: of a framework's request, or of Node's own. */
export function openResponseOf(request: unknown): ServerResponse | undefined {
  const socket = memberOf(request, 'socket');
  return socket instanceof Socket ? responseOn(socket) : undefined;
}

/**
 * Whether anything around the application may look at a response: another listener of the server, an application that
 * contains this one, instrumentation of Node. If it cannot be seen, the answer is yes.
 *
 * @param own the application's own listener of requests.
 */
export function isObserved({ socket }: IncomingMessage, own: unknown): boolean {
  const { server } = (socket as HttpSocket | undefined) ?? {};
  if (server === undefined || requests.hasSubscribers || isInstrumented(server)) return true;
  const [listener, ...others] = server.listeners('request');
  return listener !== own || others.length > 0;
}

/** Tracers replace `emit` for all servers. */
function isInstrumented(server: Server): boolean {
  return (Reflect.getPrototypeOf(server) as Server).emit !== EventEmitter.prototype.emit;
}

type Emit = (name: string | symbol, ...args: readonly unknown[]) => boolean;

/** Decides about what a server is about to tell its listeners; each calls `pass` to go on. */
export interface ServerHooks {
  upgrade(request: IncomingMessage, socket: Duplex, pass: () => void): void;
  /** Without it, requests are not looked at. */
  readonly request?:
    ((request: IncomingMessage, response: ServerResponse, pass: () => void) => void) | undefined;
}

/** The HTTP server of an adapter; null for an application that has none. */
export function asHttpServer(server: unknown): Server | null {
  return typeof memberOf(server, 'emit') === 'function' ? (server as Server) : null;
}

/**
 * Calls back once something listens for upgrades: gateways, subscriptions of GraphQL, a server of the application's own.
 * Until then no request is an upgrade.
 */
export function onceUpgradesAreHeard(server: Server, callback: () => void): void {
  if (server.listenerCount('upgrade') > 0) return callback();
  const watch = (name: string | symbol): void => {
    if (name !== 'upgrade') return;
    server.off('newListener', watch);
    callback();
  };
  server.on('newListener', watch);
}

/**
 * Stands before the listeners of an HTTP server. Listeners cannot stop each other, and socket.io takes those of others off
 * to call them itself. So `emit` is replaced, of this one server: whatever the order in which listeners come, none is
 * called before.
 */
export function hookServer(server: Server, hooks: ServerHooks): void {
  const emit = server.emit.bind(server) as Emit;
  server.emit = (name: string | symbol, ...args: readonly unknown[]): boolean => {
    if (name === 'upgrade') {
      const [request, socket] = args;
      hooks.upgrade(request as IncomingMessage, socket as Duplex, () => void emit(name, ...args));
    } else if (name === 'request' && hooks.request) {
      const [request, response] = args;
      hooks.request(request as IncomingMessage, response as ServerResponse, () => void emit(name, ...args));
    } else return emit(name, ...args);
    return true;
  };
}

/** Goes on when it is known, unless the connection has broken in the meantime. */
export async function whileOpen<T>(
  socket: Duplex,
  value: Promise<T>,
  goOn: (value: T) => void,
): Promise<void> {
  socket.on('error', ignore);
  const settled = await value;
  socket.off('error', ignore);
  if (!socket.destroyed) goOn(settled);
}

/** Node takes an error that has no listener for a crash. */
function ignore(): void {}

/**
 * Watches over middleware that gives the request another method. One that it may not have has no effect: what follows sees
 * the method that it had before. Nothing is thrown, since middleware may do it where nobody would catch it.
 *
 * @param mayChange asked while the request has the new method.
 * @param refused called the first time that it may not.
 */
export function watchMethod(request: IncomingMessage, mayChange: () => boolean, refused: () => void): void {
  let { method } = request;
  let isRefused = false;
  Object.defineProperty(request, 'method', {
    configurable: true,
    enumerable: true,
    get: () => method,
    set(changed: string | undefined) {
      if (changed === method || isRefused) return;
      const before = method;
      method = changed;
      if (mayChange()) return;
      method = before;
      isRefused = true;
      refused();
    },
  });
}
