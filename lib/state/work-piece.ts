import type { ServerResponse } from 'node:http';
import { finalize, isObservable } from 'rxjs';
import type { Linked, LinkedList } from './linked-list.js';

/** A handler that runs, or a job. One is made for each request, so its members are plain ones. */
export class WorkPiece implements Linked<WorkPiece> {
  /** Its neighbours in the list. */
  preceding: WorkPiece | null = null;
  following: WorkPiece | null = null;
  private hasEnded = false;

  constructor(
    private readonly list: LinkedList<WorkPiece>,
    private readonly ended: (piece: WorkPiece) => void,
    readonly response: ServerResponse | undefined,
    /** What a caller of `drained` may name it by. */
    readonly known: readonly unknown[] | undefined,
  ) {}

  /** May be called more than once. */
  end(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.list.remove(this);
    this.ended(this);
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
}
