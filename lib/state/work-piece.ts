import type { ServerResponse } from 'node:http';

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

  /** Calls back when it has ended; at once where it has. */
  whenEnded(listener: () => void): void {
    if (this.#ended) listener();
    else (this.#listeners ??= []).push(listener);
  }
}
