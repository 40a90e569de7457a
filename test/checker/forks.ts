import type { History, Promises } from './history.js';
import { lossySpans, type Span } from './invariants/losses.js';
import { statusesOf } from './invariants/statuses.js';
import type { Write } from './writes.js';

/**
 * The records that have gone two ways: a storage has lost changes that processes knew, and took others before they were written
 * back. Of two changes of the same scope on either way the one that keeps more closed stays, whichever came first.
 */
export class Forks {
  readonly #spans: readonly Span[];
  /** When a process has first shown a call's change of a scope. */
  readonly #shown = new Map<string, number>();

  constructor(history: History, { atomic }: Promises) {
    for (const entry of history) {
      for (const { scope, by } of statusesOf(entry)) {
        const key = keyOf(entry.process, scope, by);
        if (!this.#shown.has(key)) this.#shown.set(key, entry.at);
      }
    }
    this.#spans = atomic ? lossySpans(history).filter((span) => hasForked(history, span)) : [];
  }

  /** Whether the earlier of two changes may stay, because both were made in the same fork and it keeps more closed. */
  allow(earlier: Write, later: Write): boolean {
    if (earlier.scope !== later.scope || closedness(earlier) <= closedness(later)) return false;
    // Who has seen the earlier one has made the later one from it: that is no other way.
    const knownAt = this.#shown.get(keyOf(later.process, earlier.scope, earlier.mark)) ?? Infinity;
    if (knownAt <= later.from) return false;
    return this.#spans.some(({ from, to }) => earlier.to >= from && later.from >= from && later.to <= to);
  }
}

/** Whether two processes have shown different contents of the same revision, which a record that was not lost never has. */
function hasForked(history: History, { from, to }: Span): boolean {
  const contents = new Map<string, string>();
  for (const entry of history) {
    if (entry.at < from || entry.at > to) continue;
    for (const { scope, revision, state, by } of statusesOf(entry)) {
      const key = `${revision} ${scope ?? ''}`;
      const content = `${state} ${by ?? ''}`;
      if ((contents.get(key) ?? content) !== content) return true;
      contents.set(key, content);
    }
  }
  return false;
}

function closedness({ state, mode }: Write): number {
  if (state === 'off') return 0;
  return mode === 'full' ? 2 : 1;
}

function keyOf(process: string, scope: string | null, by: string | null): string {
  return `${process} ${scope ?? ''} ${by ?? ''}`;
}
