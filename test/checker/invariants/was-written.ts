import { describeSeen, type History, type Promises, type Seen, type Violation } from '../history.js';
import type { Writes } from '../writes.js';
import { statusesOf } from './statuses.js';

/** Every status that is shown was written by a call that was made before, and that was not plainly rejected. */
export function nothingThatNeverWas(history: History, writes: Writes, promises: Promises): Violation[] {
  return history.flatMap((entry) =>
    statusesOf(entry).flatMap((status) => {
      const words = unwritten(status, entry.at, writes, promises);
      if (words === null) return [];
      const invariant = 'no state that never was';
      return [{ invariant, at: entry.at, words: `${entry.process} shows ${describeSeen(status)}: ${words}` }];
    }),
  );
}

function unwritten(status: Seen, at: number, writes: Writes, promises: Promises): string | null {
  const { by, scope, state, mode, reason } = status;
  if (by === null) {
    const isOn = state !== 'off' || reason !== null;
    const isByHand = writes.all.some(
      (write) => write.mark === null && write.from <= at && write.state === 'on',
    );
    return isOn && !isByHand ? 'nobody has turned it on' : null;
  }
  const write = writes.byMark(by);
  if (write === undefined) return 'no such call was made';
  if (write.from > at) return 'before the call was made';
  if (write.rejected && promises.rejectedIsVoid) return 'the call was rejected';
  const expected = write.state === 'on' ? `active ${write.mode} ${by}` : 'off full null';
  const isAsWritten = write.scope === scope && `${state} ${mode} ${reason}` === expected;
  return isAsWritten ? null : `the call has written ${write.scope ?? 'application'} ${expected}`;
}
