import type { ServerResponse } from 'node:http';
import { finalize, isObservable } from 'rxjs';

/** One running handler or job. One is made for each request, so its members are plain ones. */
export class WorkItem {
  /** Its neighbours in the list. */
  previous: WorkItem | null = null;
  next: WorkItem | null = null;
  private hasEnded = false;

  constructor(
    private readonly list: WorkItemList,
    private readonly ended: (item: WorkItem) => void,
    readonly response: ServerResponse | undefined,
    /** What a caller of `drained` may exclude it by. */
    readonly known: readonly unknown[] | undefined,
  ) {}

  /** May be called more than once. */
  end(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.list.remove(this);
    this.ended(this);
  }

  /** Returns the result, and ends with it: with a promise, with an `Observable`, and with the `Observable` of a promise. */
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

/** A linked list: items are added and removed with each request, and a `Set`, which hashes, is several times slower. */
export class WorkItemList {
  private first: WorkItem | null = null;

  add(item: WorkItem): void {
    const { first } = this;
    item.next = first;
    if (first !== null) first.previous = item;
    this.first = item;
  }

  remove({ previous, next }: WorkItem): void {
    if (previous === null) this.first = next;
    else previous.next = next;
    if (next !== null) next.previous = previous;
  }

  all(): WorkItem[] {
    const items: WorkItem[] = [];
    for (let item = this.first; item !== null; item = item.next) items.push(item);
    return items;
  }
}
