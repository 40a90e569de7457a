import { type Entry, type History, ofKind, type Seen } from './history.js';

/**
 * A scope that stays off, or is put back to that by a run, is off by nobody once the bounded history of the record has forgotten who
 * turned it off. Such a status gets the author with which the scope was last seen off.
 */
export function withForgottenAuthors(history: History): History {
  const runs = new Set(
    ofKind(history, 'invoked').flatMap(({ operation, call }) => (operation === 'run' ? [call] : [])),
  );
  const isOfRun = ({ by }: Seen): boolean => by !== null && runs.has(by);
  /** By scope, in the order of their revisions: of two processes one may be behind. */
  const known = new Map<string | null, Seen[]>();
  const named = (status: Seen): Seen => {
    const { scope, state, by, revision } = status;
    const seen = known.get(scope) ?? [];
    known.set(scope, seen);
    const before = seen.findLastIndex((other) => other.revision <= revision);
    if (by === null && state === 'off') {
      const latest = seen.findLast((other, index) => index <= before && !isOfRun(other));
      return latest?.state === 'off' ? { ...status, by: latest.by } : status;
    }
    seen.splice(before + 1, 0, status);
    return status;
  };
  return history.map((entry) => withStatuses(entry, named));
}

function withStatuses(entry: Entry, named: (status: Seen) => Seen): Entry {
  switch (entry.kind) {
    case 'shown':
      return { ...entry, status: named(entry.status) };
    case 'ended':
      return { ...entry, shown: entry.shown.map(named) };
    case 'told':
      return { ...entry, before: named(entry.before), after: named(entry.after) };
    case 'settled': {
      const statuses = Object.entries(entry.statuses).map(([process, shown]) => [process, shown.map(named)]);
      return { ...entry, statuses: Object.fromEntries(statuses) as typeof entry.statuses };
    }
    default:
      return entry;
  }
}
