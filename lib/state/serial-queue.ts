import { nothing, type TimeLimit, TimeLimitExceeded } from './time-limit.js';

/** Runs tasks one after the other; one that fails does not keep the next from running. */
export class SerialQueue {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task);
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** As `run`; rejects with the message, and does not begin the task, if its turn does not come within the limit. */
  async runWithin<T>(limit: TimeLimit, message: string, task: () => Promise<T>): Promise<T> {
    let begin = nothing;
    const turn = new Promise<void>((resolve) => (begin = resolve));
    const result = this.run(async () => {
      begin();
      if (limit.isOver) throw new TimeLimitExceeded(message);
      return task();
    });
    result.catch(() => undefined);
    await limit.race(() => turn, message);
    return result;
  }

  /** Resolves when what was asked for so far is done. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
