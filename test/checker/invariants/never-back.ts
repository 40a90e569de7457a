import { describeSeen, type History, type Promises, type Seen, type Violation } from '../history.js';
import { statusesOf } from './statuses.js';
import type { Write, Writes } from '../writes.js';

/** A process never shows an older state than one that it has shown. A process that was started again is another one. */
export function noProcessGoesBack(history: History, writes: Writes, promises: Promises): Violation[] {
  const processes = new Map<string, Memory>();
  return history.flatMap((entry) => {
    const { process, at } = entry;
    let memory = processes.get(process);
    if (memory === undefined) processes.set(process, (memory = new Memory(writes, promises)));
    return statusesOf(entry).flatMap((status) => {
      const words = memory.show(status, at);
      return words === null ? [] : [{ invariant: 'no process goes back', at, words: `${process} ${words}` }];
    });
  });
}

/** What one process has shown so far. */
class Memory {
  #highest: Seen | null = null;
  /** By scope and revision. */
  readonly #shown = new Map<string, Seen>();
  readonly #latest = new Map<string | null, Write>();

  constructor(
    private readonly writes: Writes,
    private readonly promises: Promises,
  ) {}

  show(status: Seen, at: number): string | null {
    const { revision, scope } = status;
    const highest = this.#highest;
    // What follows is compared with this one, so that one step back is one violation.
    this.#highest = status;
    if (highest !== null && revision < highest.revision)
      return `shows ${describeSeen(status)} after ${describeSeen(highest)}`;
    return this.promises.atomic
      ? (this.#changesRevision(status) ?? this.#showsOlder(scope, status, at))
      : null;
  }

  #changesRevision(status: Seen): string | null {
    const key = `${status.revision} ${status.scope ?? ''}`;
    const other = this.#shown.get(key);
    this.#shown.set(key, other ?? status);
    if (other === undefined || (other.by === status.by && other.state === status.state)) return null;
    return `shows ${describeSeen(status)} after ${describeSeen(other)}`;
  }

  #showsOlder(scope: string | null, status: Seen, at: number): string | null {
    const latest = this.#latest.get(scope);
    if (latest && this.writes.isOlder(scope, status.by, latest, at))
      return `shows ${describeSeen(status)} after the later ${latest.mark}`;
    const write = status.by === null ? undefined : this.writes.byMark(status.by);
    if (write && (latest === undefined || write.from > latest.from)) this.#latest.set(scope, write);
    return null;
  }
}
