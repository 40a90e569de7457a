import { Logger } from '@nestjs/common';

/**
 * Calls the functions that an application has given in its options. One that fails neither crashes a request nor lets it
 * through, and is one line in the log, not one for each visitor.
 */
export class UserFunctions {
  readonly #logger = new Logger('MaintenanceMode');
  /** The options that failed when they were last called. */
  readonly #failing = new Set<string>();

  /** What the call returns, or where it fails what `otherwise` returns. */
  call<T>(option: string, call: () => T, otherwise: () => T): T {
    try {
      const result = call();
      // A promise has said nothing yet.
      if (!isThenable(result)) this.#failing.delete(option);
      return result;
    } catch (error) {
      this.#report(option, error);
      return otherwise();
    }
  }

  /** Whether the function says `true`, at once or by a promise; anything else, and a failure, is a no. */
  confirms(option: string, call: () => unknown): boolean | Promise<boolean> {
    const answer = this.call(option, call, () => false);
    if (!isThenable(answer)) return answer === true;
    return Promise.resolve(answer).then(
      (verdict) => {
        this.#failing.delete(option);
        return verdict === true;
      },
      (error: unknown) => {
        this.#report(option, error);
        return false;
      },
    );
  }

  #report(option: string, error: unknown): void {
    if (!this.#failing.has(option)) {
      this.#logger.error(`${option} has failed, and the request is judged without it: ${String(error)}`);
    }
    this.#failing.add(option);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

/** A value that is no promise. One that is was not asked for: nobody will look at it, so it must not crash the process. */
export function settled<T>(value: T): T {
  if (isThenable(value)) value.then(undefined, () => undefined);
  return value;
}
