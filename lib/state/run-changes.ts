import { MaintenanceWindowError } from '../errors.js';
import type { EnableOptions } from '../interfaces/maintenance-status.js';
import { changed, type RecordChange, turnOn } from './changes.js';
import { checkDuration } from './change-options.js';
import { dateOrNull, sinceOf, stateAt } from './window.js';
import {
  entryOf,
  isSameSetting,
  type PlannedEntry,
  type RecordEntry,
  withEntry,
} from './maintenance-record.js';

/**
 * The change that begins a run.
 *
 * @throws MaintenanceWindowError for a later start, and what `turnOn` throws.
 */
export function begin(options: EnableOptions): RecordChange {
  const change = turnOn(options);
  const startsAt = dateOrNull(options.startsAt, 'startsAt');
  if (startsAt === null || startsAt <= Date.now()) return change;
  throw new MaintenanceWindowError(
    'run begins its work now, and startsAt is in the future: use enable to schedule maintenance.',
  );
}

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
    // A run plans nothing, so the next stage was planned meanwhile.
    const { next } = current;
    const entry = next === null ? previous : followedBy(previous, next, context.now);
    return changed(record, entry, entry, { action: 'restored', scope, by: set.by, note: null }, context);
  };
}

/**
 * The change that moves on what would end within half of the span, from now if it is over: the end of the present stage, and
 * that of the next one. It is not in the history, which would be full of them.
 */
export function moveEnds(scope: string | null, spanMs: number | null): RecordChange {
  return (record, { now, limits }) => {
    const entry = entryOf(record, scope);
    const began = sinceOf(entry);
    let moved = entry;
    for (const { stage, ms } of endsOf(entry, spanMs)) {
      if (now < stage.endsAt - ms / 2) continue;
      const endsAt = Math.max(stage.endsAt, now) + ms;
      checkDuration(stage.startsAt ?? began ?? now, endsAt, limits);
      moved =
        stage === entry ? { ...moved, endsAt } : { ...moved, next: moved.next && { ...moved.next, endsAt } };
    }
    if (moved === entry) return record;
    const since = began === entry.startsAt ? null : began;
    return withEntry(record, scope, { ...moved, since, updatedAt: now, revision: record.revision + 1 });
  };
}

/** When the next end has to be moved on: when half of its span is left. Null: nothing ends. */
export function renewalAt(entry: RecordEntry, spanMs: number | null): number | null {
  const times = endsOf(entry, spanMs).map(({ stage, ms }) => stage.endsAt - ms / 2);
  return times.length === 0 ? null : Math.min(...times);
}

/** The stages with an end that counts, each with the span to move it by; without one of the run, that of the next stage itself. */
function endsOf(
  entry: RecordEntry,
  spanMs: number | null,
): { readonly stage: RecordEntry & { readonly endsAt: number }; readonly ms: number }[] {
  const { next } = entry;
  const ends: ReturnType<typeof endsOf> = [];
  if (hasEnd(entry) && spanMs !== null && (next === null || entry.endsAt < next.startsAt))
    ends.push({ stage: entry, ms: spanMs });
  if (next !== null && hasEnd(next)) ends.push({ stage: next, ms: spanMs ?? next.endsAt - next.startsAt });
  return ends;
}

function hasEnd<T extends RecordEntry>(entry: T): entry is T & { readonly endsAt: number } {
  return entry.endsAt !== null;
}

function followedBy(entry: RecordEntry, next: PlannedEntry, now: number): RecordEntry {
  return stateAt(entry, now) === 'active' ? { ...entry, next } : next;
}
