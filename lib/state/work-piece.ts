import type { ServerResponse } from 'node:http';
import { finalize, isObservable } from 'rxjs';
import type { Linked, LinkedList } from './linked-list.js';

/** A handler that runs, or a job. One is made for each request, so its members are plain ones. */
export class WorkPiece implements Linked<WorkPiece> {
  /** How many of its calls wait for the others to end. */
  waiters = 0;
  /** Its neighbours in the list. */
  preceding: WorkPiece | null = null;
  following: WorkPiece | null = null;
  private listeners: (() => void)[] | undefined = undefined;
  private hasEnded = false;

  constructor(
    private readonly list: LinkedList<WorkPiece>,
    readonly response: ServerResponse | undefined,
  ) {}

  /** May be called more than once. */
  end(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.list.remove(this);
    for (const listener of this.listeners ?? []) listener();
  }

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
    if (isObservable(result)) return result.pipe(finalize(() => this.end()));
    this.end();
    return result;
  }

  /** Calls back when it has ended; at once where it has. */
  whenEnded(listener: () => void): void {
    if (this.hasEnded) listener();
    else (this.listeners ??= []).push(listener);
  }
}
