import type { InFlightWork } from '../../state/in-flight-work.js';
import type { WorkPiece } from '../../state/work-piece.js';
import type { Door, RouteHandler, RouteMark } from './door.js';

/** Runs a handler. */
type Run = (piece: WorkPiece, self: unknown, ...call: Parameters<RouteHandler>) => unknown;

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
  const run: Run =
    mark?.mayDrain === true
      ? (piece, self, ...call) => work.runAsCaller(piece, () => handler.apply(self, call))
      : (_, self, request, response, next) => handler.call(self, request, response, next);
  return function tracked(this: unknown, request, response, next) {
    const piece = work.begin(rawResponse(response));
    let result: unknown;
    try {
      result = run(piece, this, request, response, next);
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
