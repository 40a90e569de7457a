import { type History, ofKind, type Violation, describeSeen } from '../history.js';

/** Soon after the end of a fault all processes show the same, and that is what the storage has. */
export function allAgree(history: History): Violation[] {
  return ofKind(history, 'settled').flatMap(({ at, afterMs, statuses }) => {
    const shown = Object.entries(statuses).map(
      ([process, seen]) => `${process}: ${seen.map(describeSeen).join(', ')}`,
    );
    if (afterMs !== null) return [];
    return [{ invariant: 'all agree soon after a fault', at, words: `they show ${shown.join('; ')}` }];
  });
}
