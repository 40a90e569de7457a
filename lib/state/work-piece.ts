import type { ServerResponse } from 'node:http';
import { finalize, isObservable } from 'rxjs';

/** A handler that runs, or a job. */
export class WorkPiece {
  /** How many of its calls wait for the others to end. */
  waiters = 0;
  #listeners: (() => void)[] | undefined;
  #ended = false;

  constructor(
    private readonly running: Set<WorkPiece>,
    readonly response: ServerResponse | undefined,
  ) {}

  /** May be called more than once, and without its object. */
  readonly end = (): void => {
    if (this.#ended) return;
    this.#ended = true;
    this.running.delete(this);
    for (const listener of this.#listeners ?? []) listener();
  };

  /** Gives back the same, and ends with it: a promise, and an `Observable` that a promise may give, or that it is. */
  endWith(result: unknown): unknown {
    if (result instanceof Promise) {
      return result.then(
        (value: unknown) => this.endWith(value),
        (error: unknown) => {
          this.end();
          throw error;
        },
      );
    }
    if (isObservable(result)) return result.pipe(finalize(this.end));
    this.end();
    return result;
  }

  /** Calls back when it has ended; at once where it has. */
  whenEnded(listener: () => void): void {
    if (this.#ended) listener();
    else (this.#listeners ??= []).push(listener);
  }
}
