import type { InFlightWork } from '../../state/in-flight-work.js';
import type { Door, RouteHandler, RouteMark } from './door.js';

/**
 * Counts a handler as work in flight until it has truly ended, with its guards before it: a client that goes away does not
 * end it.
 */
export function trackHandler(
  work: InFlightWork,
  handler: RouteHandler,
  mark: RouteMark | undefined,
  rawResponse: Door['rawResponse'],
): RouteHandler {
  const mayDrain = mark?.mayDrain === true;
  return function tracked(this: unknown, request, response, next) {
    const piece = work.begin(rawResponse(response));
    let result: unknown;
    try {
      result = mayDrain
        ? work.runAsCaller(piece, () => handler.call(this, request, response, next))
        : handler.call(this, request, response, next);
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
