import { checkDuration } from './limits.js';
import {
  entryOf,
  isSameSetting,
  type PlannedEntry,
  type RecordEntry,
  withEntry,
} from './maintenance-record.js';
import { changed, type RecordChange } from './record-change.js';
import { sinceOf, stateAt } from './stages.js';

/**
 * The change that restores what `run` replaced, unless the entry was changed meanwhile. What was planned meanwhile stays.
 *
 * @param ours what the run may have set.
 */
export function restore(
  scope: string | null,
  ours: readonly RecordEntry[],
  previous: RecordEntry,
): RecordChange {
  return (record, context) => {
    const current = entryOf(record, scope);
    const set = ours.find((entry) => isSameSetting(entry, current));
    if (set === undefined) return record;
    const { next } = current;
    const isPlannedMeanwhile = next !== null && next.revision !== set.next?.revision;
    const entry = isPlannedMeanwhile ? followedBy(previous, next, context.now) : previous;
    return changed(record, entry, entry, { action: 'restored', scope, by: set.by, note: null }, context);
  };
}

/** The change that moves the end of a run on, from now if it is over. It is not in the history, which would be full of them. */
export function moveEnd(scope: string | null, ms: number): RecordChange {
  return (record, { now, limits }) => {
    const entry = entryOf(record, scope);
    const began = sinceOf(entry);
    const endsAt = Math.max(entry.endsAt ?? now, now) + ms;
    checkDuration(entry.startsAt ?? began ?? now, endsAt, limits);
    const since = began === entry.startsAt ? null : began;
    return withEntry(record, scope, {
      ...entry,
      endsAt,
      since,
      updatedAt: now,
      revision: record.revision + 1,
    });
  };
}

function followedBy(entry: RecordEntry, next: PlannedEntry, now: number): RecordEntry {
  return stateAt(entry, now) === 'active' ? { ...entry, next } : next;
}
