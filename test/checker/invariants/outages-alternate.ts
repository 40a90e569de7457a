import { describeSeen, type History, type Violation } from '../history.js';
import { statusesOf } from './statuses.js';

/**
 * `storage-failed` and `storage-recovered` alternate in each process, and statuses are stale in between only. They may be fresh
 * before the recovery is told: it is told once the storage has been well for a while.
 */
export function outagesAlternate(history: History): Violation[] {
  const failing = new Map<string, boolean>();
  return history.flatMap((entry) => {
    const { process, at } = entry;
    const violation = (words: string): Violation[] => [
      { invariant: 'failures and recoveries alternate', at, words: `${process} ${words}` },
    ];
    if (entry.kind === 'booted') failing.set(process, entry.stale);
    const isFailing = failing.get(process) ?? false;
    if (entry.kind === 'told' && ['storage-failed', 'storage-recovered'].includes(entry.type)) {
      const fails = entry.type === 'storage-failed';
      failing.set(process, fails);
      return fails === isFailing ? violation(`says ${entry.type} twice`) : [];
    }
    if (entry.kind !== 'shown') return [];
    return statusesOf(entry).flatMap((status) => {
      if (!status.stale || isFailing) return [];
      return violation(`shows ${describeSeen(status)} without having said so by an event`);
    });
  });
}
