/** What Node's HTTP server does not document. `docs/architecture.md` says why nothing public serves. */
import { channel } from 'node:diagnostics_channel';
import { EventEmitter } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { memberOf } from '../validation/member.js';

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
