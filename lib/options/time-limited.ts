import { isThenable } from './thenable.js';

/** How long one request has waited for a function. */
interface Wait {
  readonly spentMs: number;
  readonly endedAt: number;
  /** The call that is under way. */
  readonly pending: Promise<unknown> | null;
}

/** A function that takes a request, and may return a promise. */
type Callback<T> = (request: unknown) => T | Promise<T>;

/**
 * The function, with a limit on the time that a request waits for it. Several rules, the gate and the guard may ask for the
 * same request: all their calls together have `timeoutMs`, and then fail at once. A connection that lives longer than a
 * request gets that time again if the function was not called for as long.
 *
 * The call itself goes on; what becomes of it is not looked at.
 */
export function timeLimited<T>(name: string, callback: Callback<T>, timeoutMs: number): Callback<T> {
  const waits = new WeakMap<object, Wait>();
  return (request) => {
    const key = request as object;
    const wait = waits.get(key);
    if (wait?.pending) return wait.pending as Promise<T>;
    const now = performance.now();
    const spentMs = wait && now - wait.endedAt < timeoutMs ? wait.spentMs : 0;
    if (spentMs >= timeoutMs) throw noAnswer(name, timeoutMs);
    const result = callback(request);
    if (!isThenable(result)) return result;
    let ranOut = false;
    const pending = within(result, timeoutMs - spentMs, () => {
      ranOut = true;
      return noAnswer(name, timeoutMs);
    }).finally(() => {
      const endedAt = performance.now();
      // A timer may fire a little before its time.
      waits.set(key, { spentMs: ranOut ? timeoutMs : spentMs + endedAt - now, endedAt, pending: null });
    });
    waits.set(key, { spentMs, endedAt: now, pending });
    return pending;
  };
}

async function within<T>(result: PromiseLike<T>, ms: number, error: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(error()), ms);
    // The connection of the request keeps the process alive, as long as it is there.
    timer.unref();
  });
  try {
    return await Promise.race([result, limit]);
  } finally {
    clearTimeout(timer);
  }
}

function noAnswer(name: string, timeoutMs: number): Error {
  return new Error(`${name} did not answer within ${timeoutMs} ms (callbackTimeoutMs)`);
}
