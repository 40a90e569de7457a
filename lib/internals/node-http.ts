import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { memberOf } from '../validation/values.js';
import type { Duplex } from 'node:stream';

/** Undocumented parts of Node's HTTP server. `docs/architecture.md` says why no public API is enough. */

interface HttpSocket extends Socket {
  /** The response that is being sent on the connection. */
  readonly _httpMessage?: ServerResponse | null;
}

/** The response that is being sent on a connection. */
export function responseOn(socket: Socket): ServerResponse | undefined {
  return (socket as HttpSocket)._httpMessage ?? undefined;
}

/** The response that is being sent on the connection of a request: a framework's request or Node's. */
export function openResponseOf(request: unknown): ServerResponse | undefined {
  const socket = memberOf(request, 'socket');
  return socket instanceof Socket ? responseOn(socket) : undefined;
}

type Emit = (name: string | symbol, ...args: readonly unknown[]) => boolean;

/** Called before the listeners of a server. They run if the hook calls `pass`. */
export interface ServerHooks {
  upgrade(request: IncomingMessage, socket: Duplex, pass: () => void): void;
  /** Without it, listeners for requests always run. */
  readonly request?:
    ((request: IncomingMessage, response: ServerResponse, pass: () => void) => void) | undefined;
}

/** The HTTP server of an adapter; null for an application that has none. */
export function asHttpServer(server: unknown): Server | null {
  return typeof memberOf(server, 'emit') === 'function' ? (server as Server) : null;
}

/**
 * Calls back once something listens for upgrades: gateways, subscriptions of GraphQL, a WebSocket server of the application.
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
 * Runs hooks before the listeners of an HTTP server. Listeners cannot stop each other, and socket.io removes other listeners
 * to call them itself. So `emit` of this server is replaced: no listener runs earlier, whenever it was added.
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

/** Calls `goOn` with the settled value, unless the connection is closed by then. */
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

/** An `error` event without a listener ends the process. */
function ignore(): void {}

/**
 * Notices if middleware changes the method of the request. A change that is not allowed has no effect: the method stays as it
 * was. It does not throw, since the error of a callback of middleware might end the process.
 *
 * @param mayChange whether the change is allowed; called while the request has the new method.
 * @param refused called for the first change that is not allowed.
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
