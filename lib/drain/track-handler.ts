import type { ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { InFlightWork } from './in-flight-work.js';
import type { WorkItem } from './work-item.js';
import { memberOf } from '../validation/member.js';

type RouteHandler = (request: object, response: object, next?: (error?: unknown) => void) => unknown;

/**
 * Counts a handler as work in flight until it has truly ended, with its guards before it: a client that goes away does not
 * end it.
 */
export function trackHandler(
  work: InFlightWork,
  handler: RouteHandler,
  rawResponse: (response: object) => ServerResponse,
): RouteHandler {
  return function tracked(this: unknown, request, response, next) {
    const raw = rawResponse(response);
    const item = work.begin(raw);
    // A response without a connection, as of `inject()`, is not counted by itself: its promise is waited for.
    if (raw.req?.socket instanceof Socket || 'stream' in raw) endWhenReturned(response, item);
    let result: unknown;
    try {
      result = handler.call(this, request, response, next);
    } catch (error) {
      item.end();
      throw error;
    }
    if (result instanceof Promise) {
      const end = (): void => item.end();
      result.then(end, end);
    } else item.end();
    return result;
  };
}

/**
 * Nest's handlers give the reply back when they are done, so their promise waits for the response as well. If the client
 * has gone away by then, it may wait for ever: Node tells nothing more of a cancelled stream of HTTP/2, or of a pipelined
 * response that never had its turn. So the item ends there, and the response counts by itself while it is open.
 */
function endWhenReturned(response: object, item: WorkItem): void {
  const then = memberOf(response, 'then');
  if (typeof then !== 'function') return;
  Reflect.set(response, 'then', function settles(this: unknown, ...args: unknown[]): unknown {
    item.end();
    return Reflect.apply(then, this, args);
  });
}
