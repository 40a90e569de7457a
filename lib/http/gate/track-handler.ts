import type { InFlightWork } from '../../state/in-flight-work.js';
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
    const piece = work.begin(rawResponse(response));
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
