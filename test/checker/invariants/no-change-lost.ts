import { describeSeen, type History, ofKind, type Promises, type Violation } from '../history.js';
import type { Writes } from '../writes.js';
import { lossesOf } from './losses.js';

/**
 * Whatever all processes have agreed upon comes from every acknowledged change: it is shown, or was replaced by one that
 * was not over yet when it was called. A storage that cannot compare may lose one to another writer of the same moment.
 */
export function noChangeLost(history: History, writes: Writes): Violation[] {
  return ofKind(history, 'settled').flatMap(({ at, afterMs, statuses }) => {
    const [shown] = Object.values(statuses);
    if (afterMs === null || shown === undefined) return [];
    return shown.flatMap((status) => {
      const lost = writes.overtaking(status.scope, status.by, at);
      if (lost === undefined || writes.mayBeOverwritten(lost)) return [];
      const words = `${lost.mark} was acknowledged and is lost: all show ${describeSeen(status)}`;
      return [{ invariant: 'no acknowledged change is lost', at, words }];
    });
  });
}

/** A read that the storage has answered shows every change that was acknowledged before it was asked for. */
export function noReadIsOld(history: History, writes: Writes, { atomic }: Promises): Violation[] {
  if (!atomic) return [];
  const isLossy = lossesOf(history);
  const asked = new Map(ofKind(history, 'invoked').map((entry) => [entry.call, entry]));
  return ofKind(history, 'ended').flatMap(({ at, call, process, outcome, shown }) => {
    const invoked = asked.get(call);
    if (invoked?.operation !== 'refresh' || outcome !== 'ok' || isLossy(at)) return [];
    return shown.flatMap((status) => {
      const missed = writes.overtaking(status.scope, status.by, invoked.at, at);
      if (missed === undefined) return [];
      const words = `${process} reads ${describeSeen(status)} though ${missed.mark} was acknowledged before`;
      return [{ invariant: 'a read shows what was acknowledged before', at, words }];
    });
  });
}
