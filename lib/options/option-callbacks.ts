import { Logger } from '@nestjs/common';
import { errorText } from '../validation/error-text.js';
import { FailureLog } from './failure-log.js';
import { isThenable } from './thenable.js';

/**
 * Calls the functions that an application gives in its options. An error of one neither crashes a request nor lets it
 * through, and is logged once for each outage, not once for each visitor.
 */
export class OptionCallbacks {
  readonly #failures = new FailureLog(new Logger('MaintenanceMode'));

  /** What the call returns, or if it fails what `otherwise` returns. */
  call<T>(option: string, call: () => T, otherwise: () => T): T {
    try {
      return call();
    } catch (error) {
      return this.#failed(option, error, otherwise);
    }
  }

  /** As `call`, of a function that may return a promise. */
  settle<T>(option: string, call: () => T | Promise<T>, otherwise: () => T): T | Promise<T> {
    let answer: T | Promise<T>;
    try {
      answer = call();
      if (!isThenable(answer)) return answer;
    } catch (error) {
      return this.#failed(option, error, otherwise);
    }
    return Promise.resolve(answer).catch((error: unknown) => this.#failed(option, error, otherwise));
  }

  /** Whether the function says `true`, at once or by a promise; anything else, and a failure, is a no. */
  confirms(option: string, call: () => unknown): boolean | Promise<boolean> {
    const answer = this.settle(option, call, () => false);
    return answer instanceof Promise ? answer.then((verdict) => verdict === true) : answer === true;
  }

  /** Tells of an answer that could not be made. Never throws. */
  answerFailed(error: unknown): void {
    this.#failures.failed('answer', `A maintenance answer could not be made: ${errorText(error)}`);
  }

  #failed<T>(option: string, error: unknown, otherwise: () => T): T {
    const message = `${option} has failed, and the request is judged without it: ${errorText(error)}`;
    this.#failures.failed(option, message);
    return otherwise();
  }
}
