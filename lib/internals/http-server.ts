import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { memberOf } from '../validation/member.js';

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
