import { describeSeen, type EntryOf, type History, type Seen, type Violation } from '../history.js';

/** Events are a chain: each begins with what the one before has said, says something new, and statuses agree with the last. */
export function eventsFit(history: History): Violation[] {
  const told = new Map<string, Seen>();
  return history.flatMap((entry) => {
    const { process, at } = entry;
    const violation = (words: string): Violation[] => [
      { invariant: 'events fit the statuses', at, words: `${process} ${words}` },
    ];
    if (entry.kind === 'shown') {
      const last = told.get(`${process} ${entry.status.scope}`);
      const isKnown = last === undefined || isSame(last, entry.status);
      return isKnown
        ? []
        : violation(`shows ${describeSeen(entry.status)}, its events say ${describeSeen(last)}`);
    }
    if (entry.kind !== 'told' || entry.type.startsWith('storage-')) return [];
    const key = `${process} ${entry.scope}`;
    const last = told.get(key);
    told.set(key, entry.after);
    const words = misfit(entry, last);
    return words === null ? [] : violation(`says ${entry.type}: ${words}`);
  });
}

function misfit({ type, before, after }: EntryOf<'told'>, last: Seen | undefined): string | null {
  const steps = `${describeSeen(before)}, then ${describeSeen(after)}`;
  if (last !== undefined && !isSame(last, before))
    return `${steps}; the event before said ${describeSeen(last)}`;
  const fits = {
    activated: before.state !== 'active' && after.state === 'active',
    deactivated: before.state === 'active' && after.state !== 'active',
    updated: before.state === after.state && !isSame(before, after),
  }[type];
  return fits === true ? null : steps;
}

/** Who has turned off what was off already is no event. */
function isSame(a: Seen, b: Seen): boolean {
  if (a.state === 'off') return b.state === 'off';
  return a.state === b.state && a.by === b.by && a.mode === b.mode && a.reason === b.reason;
}
