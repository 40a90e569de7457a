import type { RequestHook } from './door.js';
import type { Visit } from './visit.js';

/**
 * Calls back once when the hook is done, however it is done, unless it has answered itself.
 *
 * @param timeoutMs the longest wait, as for the functions of the options.
 * @param done with what the hook has failed with, and whether it has not called back in time.
 */
export function runHook(
  hook: RequestHook,
  { request, response, rawResponse }: Visit,
  timeoutMs: number,
  done: (error: unknown, isLate: boolean) => void,
): void {
  let isDone = false;
  let timer: NodeJS.Timeout | undefined;
  const once = (error?: unknown, isLate = false): void => {
    if (isDone) return;
    isDone = true;
    clearTimeout(timer);
    done(error ?? undefined, isLate);
  };
  const failed = (error: unknown): void => once(error ?? new Error('It failed without an error.'));
  try {
    const result: unknown = hook(request, response, (error) => once(error));
    if (result instanceof Promise) result.catch(failed);
  } catch (error) {
    failed(error);
  }
  if (isDone || rawResponse.writableEnded) return;
  timer = setTimeout(() => {
    if (rawResponse.headersSent) return;
    once(
      new Error(`A request hook or CORS did not call back within ${timeoutMs} ms (callbackTimeoutMs)`),
      true,
    );
  }, timeoutMs);
  rawResponse.once('close', () => clearTimeout(timer));
}
