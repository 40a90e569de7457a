import { channel } from 'node:diagnostics_channel';
import { EventEmitter } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';

/** Node's own: who subscribes is given the response. */
const requests = channel('http.server.request.start');

/**
 * Whether somebody around the application may look at a response: another listener of the server, what has the application
 * as a part of it, instrumentation of Node. What cannot be seen is there.
 *
 * @param own how the application itself hears of requests.
 */
export function isWatched({ socket }: IncomingMessage, own: unknown): boolean {
  const { server } = (socket as (Socket & { readonly server?: Server }) | undefined) ?? {};
  if (server === undefined || requests.hasSubscribers || isInstrumented(server)) return true;
  const [listener, ...others] = server.listeners('request');
  return listener !== own || others.length > 0;
}

/** Tracers put themselves around `emit` of all servers. */
function isInstrumented(server: Server): boolean {
  return (Reflect.getPrototypeOf(server) as Server).emit !== EventEmitter.prototype.emit;
}
