import type { ServerResponse } from 'node:http';
import { finalize, isObservable } from 'rxjs';

/** What can be in a {@link LinkedList}: in one at a time. */
export interface Linked<T> {
  preceding: T | null;
  following: T | null;
}

/** A set of things that come and go at every request: several times cheaper than a `Set`, which hashes. */
export class LinkedList<T extends Linked<T>> {
  private first: T | null = null;

  add(item: T): void {
    const { first } = this;
    item.following = first;
    if (first !== null) first.preceding = item;
    this.first = item;
  }

  remove({ preceding, following }: T): void {
    if (preceding === null) this.first = following;
    else preceding.following = following;
    if (following !== null) following.preceding = preceding;
  }

  all(): T[] {
    const items: T[] = [];
    for (let item = this.first; item !== null; item = item.following) items.push(item);
    return items;
  }
}

/** A handler that runs, or a job. One is made for each request, so its members are plain ones. */
export class WorkItem implements Linked<WorkItem> {
  /** Its neighbours in the list. */
  preceding: WorkItem | null = null;
  following: WorkItem | null = null;
  private hasEnded = false;

  constructor(
    private readonly list: LinkedList<WorkItem>,
    private readonly ended: (piece: WorkItem) => void,
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
