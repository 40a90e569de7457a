import { withForgottenAuthors } from './forgotten-authors.js';
import { allAgree } from './invariants/all-agree.js';
import { eventsFit } from './invariants/events-fit.js';
import { noProcessEnds } from './invariants/no-crash.js';
import { noProcessGoesBack } from './invariants/never-back.js';
import { noChangeLost, noReadIsOld } from './invariants/no-change-lost.js';
import { outagesAlternate } from './invariants/outages-alternate.js';
import { nothingThatNeverWas } from './invariants/was-written.js';
import { runEnds } from './invariants/run-ends.js';
import type { History, Promises, Violation } from './history.js';
import { Writes } from './writes.js';

/** Checks all invariants of a history that is in the order of time. */
export function check(seen: History, promises: Promises): readonly Violation[] {
  const history = withForgottenAuthors(seen);
  const writes = new Writes(history, promises);
  return [
    noChangeLost,
    noReadIsOld,
    noProcessGoesBack,
    nothingThatNeverWas,
    allAgree,
    noProcessEnds,
    runEnds,
    outagesAlternate,
    eventsFit,
  ]
    .flatMap((invariant) => invariant(history, writes, promises))
    .toSorted((a, b) => a.at - b.at);
}
