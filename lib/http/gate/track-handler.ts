import { Socket } from 'node:net';
import type { InFlightWork } from '../../drain/in-flight-work.js';
import type { WorkItem } from '../../drain/work-item.js';
import { memberOf } from '../../validation/member.js';
import type { Door, RouteHandler } from './door.js';

/**
 * Counts a handler as work in flight until it has truly ended, with its guards before it: a client that goes away does not
 * end it.
 */
export function trackHandler(
  work: InFlightWork,
  handler: RouteHandler,
  rawResponse: Door['rawResponse'],
): RouteHandler {
  return function tracked(this: unknown, request, response, next) {
    const raw = rawResponse(response);
    const piece = work.begin(raw);
    // A response without a connection, as of `inject()`, is not counted by itself: its promise is waited for.
    if (raw.req?.socket instanceof Socket || 'stream' in raw) endWhenReturned(response, piece);
    let result: unknown;
    try {
      result = handler.call(this, request, response, next);
    } catch (error) {
      piece.end();
      throw error;
    }
    if (result instanceof Promise) {
      const end = (): void => piece.end();
      result.then(end, end);
    } else piece.end();
    return result;
  };
}

/**
 * Nest's handlers give the reply back when they are done, so their promise waits for the response as well. If the client
 * has gone away by then, it may wait for ever: Node tells nothing more of a cancelled stream of HTTP/2, or of a pipelined
 * response that never had its turn. So the piece ends there, and the response counts by itself while it is open.
 */
function endWhenReturned(response: object, piece: WorkItem): void {
  const then = memberOf(response, 'then');
  if (typeof then !== 'function') return;
  Reflect.set(response, 'then', function settles(this: unknown, ...args: unknown[]): unknown {
    piece.end();
    return Reflect.apply(then, this, args);
  });
}
