import { describe, expect, it } from '@jest/globals';
import { check } from './check.js';
import type { History, Promises } from './history.js';
import {
  ended,
  fault,
  historyOf,
  invoked,
  off,
  OFF,
  on,
  settled,
  shown,
  told,
  working,
} from './history-of.js';

const boot = (stale: boolean) => ({ kind: 'booted', process: 'a', stale }) as const;

const ATOMIC: Promises = { atomic: true, neverLate: true, rejectedIsVoid: true };
const S3: Promises = { ...ATOMIC, neverLate: false };
const FILE: Promises = { atomic: false, neverLate: false, rejectedIsVoid: true };

const LOST = 'no acknowledged change is lost';
const OLD_READ = 'a read shows what was acknowledged before';
const BACK = 'no process goes back';
const NEVER_WAS = 'no state that never was';
const AGREE = 'all agree soon after a fault';
const GAVE_UP = 'the run comes to its end';
const ENDS = 'no process ends by itself';
const ALTERNATE = 'failures and recoveries alternate';
const EVENTS = 'events fit the statuses';

function violated(history: History, promises = ATOMIC): readonly string[] {
  return [...new Set(check(history, promises).map(({ invariant }) => invariant))];
}

/** Two changes, one after the other, both acknowledged. */
const twoChanges = [invoked('a/1'), ended('a/1'), invoked('b/1'), ended('b/1')] as const;

describe('The checker finds that an acknowledged change is lost', () => {
  it('if all agree on the change before it', () => {
    expect(violated(historyOf(...twoChanges, settled(on('a/1', 2))))).toEqual([LOST]);
  });

  it('if all agree that nothing was ever written', () => {
    expect(violated(historyOf(invoked('a/1'), ended('a/1'), settled(OFF)))).toEqual([LOST]);
  });

  it('if a scope has lost it and the application has not', () => {
    const history = historyOf(
      invoked('a/1', 'enable', 'billing'),
      ended('a/1'),
      settled(OFF, off(null, 1, { scope: 'billing' })),
    );
    expect(violated(history)).toEqual([LOST]);
  });

  it('if maintenance is on again that was turned off', () => {
    const history = historyOf(
      invoked('a/1'),
      ended('a/1', 'ok', on('a/1', 1)),
      invoked('b/1', 'disable'),
      ended('b/1', 'ok', off('b/1', 2)),
      settled(on('a/1', 3)),
    );
    expect(violated(history)).toEqual([LOST]);
  });

  it('if a call that Redis has rejected as unknown takes effect after a later one', () => {
    const calls = [invoked('a/1'), ended('a/1', 'unknown'), invoked('b/1'), ended('b/1')];
    expect(violated(historyOf(...calls, settled(on('a/1', 2))))).toEqual([LOST]);
    expect(violated(historyOf(...calls, settled(on('a/1', 2))), S3)).toEqual([]);
  });

  it('if a run restores what was replaced before it was called', () => {
    const history = historyOf(
      ...twoChanges,
      invoked('b/2', 'run'),
      working('b/2', 'began'),
      working('b/2', 'done'),
      ended('b/2'),
      settled(on('a/1', 4)),
    );
    expect(violated(history)).toEqual([LOST]);
  });

  it('also if the storage cannot compare, if nobody else was writing', () => {
    expect(violated(historyOf(...twoChanges, settled(on('a/1', 2))), FILE)).toEqual([LOST]);
  });
});

describe('The checker does not take for lost', () => {
  it.each([
    ['the last one', historyOf(...twoChanges, settled(on('b/1', 2)))],
    [
      'one of two at the same moment',
      historyOf(invoked('a/1'), invoked('b/1'), ended('b/1'), ended('a/1'), settled(on('b/1', 2))),
    ],
    [
      'what a run has restored',
      historyOf(
        invoked('a/1'),
        ended('a/1'),
        invoked('b/1', 'run'),
        working('b/1', 'began'),
        working('b/1', 'done'),
        ended('b/1'),
        settled(on('a/1', 3)),
      ),
    ],
    [
      'a call of disable that had nothing to do',
      historyOf(
        invoked('a/1', 'disable', 'billing'),
        ended('a/1'),
        settled(OFF, off(null, 0, { scope: 'billing' })),
      ),
    ],
    [
      'one that nobody has acknowledged, because its process was killed',
      historyOf(invoked('a/1'), ended('a/1'), invoked('b/1'), settled(on('a/1', 1))),
    ],
  ])('%s', (_, history) => {
    expect(violated(history)).toEqual([]);
  });

  it('if the storage cannot compare, what a run has put back after such a loss', () => {
    const history = historyOf(
      invoked('a/1'),
      ended('a/1'),
      invoked('a/2'),
      invoked('b/1', 'enable', 'billing'),
      ended('a/2'),
      ended('b/1'),
      invoked('a/3', 'run'),
      working('a/3', 'began'),
      working('a/3', 'done'),
      ended('a/3'),
      settled(on('a/1', 4)),
    );
    expect(violated(history, FILE)).toEqual([]);
    expect(violated(history)).toEqual([LOST]);
  });

  it('if the storage cannot compare, what another writer of the same moment has overwritten', () => {
    const history = historyOf(
      invoked('a/1'),
      ended('a/1'),
      invoked('a/2'),
      invoked('b/1', 'enable', 'billing'),
      ended('a/2'),
      ended('b/1'),
      settled(on('a/1', 2)),
    );
    expect(violated(history, FILE)).toEqual([]);
    expect(violated(history)).toEqual([LOST]);
  });
});

describe('The checker finds a read that is older than an acknowledged change', () => {
  const read = [
    ...twoChanges,
    invoked('c/1', 'refresh'),
    ended('c/1', 'ok', on('a/1', 1)),
    settled(on('b/1', 2)),
  ] as const;

  it('in any process', () => {
    expect(violated(historyOf(...read))).toEqual([OLD_READ]);
  });

  it('but not while the storage may have forgotten it, and nobody has written it back yet', () => {
    expect(violated(historyOf(fault('begins', true), ...read))).toEqual([]);
    expect(violated(historyOf(fault('begins', false), ...read))).toEqual([OLD_READ]);
  });
});

describe('A scope that is off by nobody', () => {
  const changes = [
    invoked('a/1'),
    ended('a/1', 'ok', on('a/1', 1)),
    invoked('b/1', 'disable'),
    ended('b/1', 'ok', off('b/1', 2)),
  ] as const;

  it('is off by whom it was off before: the history has forgotten that', () => {
    expect(violated(historyOf(...changes, shown('a', off(null, 30)), settled(off(null, 30))))).toEqual([]);
  });

  it('goes back, if it was on before', () => {
    const again = [invoked('a/2'), ended('a/2', 'ok', on('a/2', 3)), shown('a', off(null, 4))] as const;
    expect(violated(historyOf(...changes, ...again))).toEqual([BACK]);
  });
});

describe('The checker finds that a process goes back', () => {
  it('to a lower revision', () => {
    const history = historyOf(...twoChanges, shown('a', on('b/1', 2)), shown('a', on('b/1', 1)));
    expect(violated(history)).toEqual([BACK]);
    expect(violated(history, FILE)).toEqual([BACK]);
  });

  it('to other content of the same revision', () => {
    const history = historyOf(
      invoked('a/1'),
      invoked('b/1'),
      shown('a', on('a/1', 1)),
      shown('a', on('b/1', 1)),
    );
    expect(violated(history)).toEqual([BACK]);
  });

  it('to older content of a higher revision', () => {
    const history = historyOf(...twoChanges, shown('a', on('b/1', 2)), shown('a', on('a/1', 3)));
    expect(violated(history)).toEqual([BACK]);
  });

  it('but not a process that was started again', () => {
    expect(violated(historyOf(...twoChanges, shown('a.1', on('b/1', 2)), shown('a.2', OFF)))).toEqual([]);
  });
});

/** The earlier a/1 was lost; b/1 was acknowledged without it; the same revision has been shown with both. */
function fork({ losesData = true, closesFirst = true, knows = false } = {}): History {
  const [first, second] = closesFirst ? (['enable', 'disable'] as const) : (['disable', 'enable'] as const);
  const [one, other] = closesFirst ? [on('a/1', 8), off('b/1', 8)] : [off('a/1', 8), on('b/1', 8)];
  return historyOf(
    invoked('c/1', second),
    ended('c/1', 'ok', closesFirst ? off('c/1', 7) : on('c/1', 7)),
    fault('begins', losesData),
    invoked('a/1', first),
    ended('a/1', 'ok', one),
    ...(knows ? [shown('b', one)] : []),
    invoked('b/1', second),
    ended('b/1', 'ok', other),
    settled({ ...one, revision: 9 }),
  );
}

describe('The checker allows that the more closed of two changes of a fork stays', () => {
  it('in the round of a fault that loses data', () => {
    expect(violated(fork())).toEqual([]);
    expect(violated(fork({ losesData: false }))).toEqual([LOST]);
  });

  it('but not the less closed one', () => {
    expect(violated(fork({ closesFirst: false }))).toEqual([LOST]);
  });

  it('but not if the process of the later one had seen the earlier one', () => {
    expect(violated(fork({ knows: true }))).toContain(LOST);
  });

  const begun = [fault('begins', true), invoked('a/1'), ended('a/1', 'ok', on('a/1', 8))] as const;
  const openedBy = [invoked('b/1', 'disable'), ended('b/1', 'ok', off('b/1', 8))] as const;

  it('but not if no revision was shown with two contents', () => {
    const opened = [invoked('b/1', 'disable'), ended('b/1', 'ok', off('b/1', 9))] as const;
    expect(violated(historyOf(...begun, ...opened, settled(on('a/1', 10))))).toEqual([LOST]);
  });

  it('but not if the later one is of a round after it', () => {
    const next = [
      settled(on('a/1', 9)),
      invoked('b/2', 'disable'),
      ended('b/2', 'ok', off('b/2', 10)),
    ] as const;
    expect(violated(historyOf(...begun, ...openedBy, ...next, settled(on('a/1', 11))))).toEqual([LOST]);
  });

  it('but not if a change between the two is lost as well that keeps as much closed', () => {
    const between = [invoked('a/2'), ended('a/2', 'ok', on('a/2', 9))] as const;
    expect(violated(historyOf(...begun, ...between, ...openedBy, settled(on('a/1', 10))))).toEqual([LOST]);
  });

  it('in what a process shows that had shown the later one, and in reads of later rounds', () => {
    const later = [
      invoked('c/1', 'refresh'),
      ended('c/1', 'ok', on('a/1', 9)),
      settled(on('a/1', 9)),
    ] as const;
    const history = historyOf(
      ...begun,
      ...openedBy,
      shown('b', on('a/1', 9)),
      settled(on('a/1', 9)),
      ...later,
    );
    expect(violated(history)).toEqual([]);
  });
});

describe('The checker finds a state that never was', () => {
  it.each([
    ['of a call that nobody has made', historyOf(shown('a', on('b/1', 1)))],
    ['of a call that is made only later', historyOf(shown('a', on('b/1', 1)), invoked('b/1'))],
    [
      'of a call that was plainly rejected',
      historyOf(invoked('b/1'), ended('b/1', 'rejected'), shown('a', on('b/1', 1))),
    ],
    ['in another scope', historyOf(invoked('b/1'), shown('a', on('b/1', 1, { scope: 'billing' })))],
    ['in another mode', historyOf(invoked('b/1'), shown('a', on('b/1', 1, { mode: 'read-only' })))],
    ['on by nobody', historyOf(shown('a', { ...OFF, state: 'active' }))],
    ['on by a call that turns it off', historyOf(invoked('b/1', 'disable'), shown('a', on('b/1', 1)))],
  ])('%s', (_, history) => {
    expect(violated(history)).toEqual([NEVER_WAS]);
  });

  it('but not in that of a call whose outcome is unknown', () => {
    const history = historyOf(invoked('b/1'), ended('b/1', 'unknown'), shown('a', on('b/1', 1)));
    expect(violated(history)).toEqual([]);
  });

  it('but not in what a person has written', () => {
    const byHand = { kind: 'by-hand', process: 'a person', state: 'on' } as const;
    const status = shown('a', { ...OFF, state: 'active', revision: 1 });
    const history = historyOf({ ...byHand, phase: 'begins' }, { ...byHand, phase: 'ends' }, status);
    expect(violated(history, FILE)).toEqual([]);
  });
});

describe('The checker finds', () => {
  it('that processes have not agreed in time', () => {
    const history = historyOf({ kind: 'settled', process: 'runner', afterMs: null, statuses: { a: [OFF] } });
    expect(violated(history)).toEqual([AGREE]);
  });

  it('that the run was given up, beside what it had found until then', () => {
    const gaveUp = { kind: 'gave-up', process: 'runner', message: 'Waited for the cluster' } as const;
    expect(violated(historyOf(...twoChanges, settled(on('a/1', 2)), gaveUp))).toEqual([LOST, GAVE_UP]);
  });

  it('that a process has ended by itself', () => {
    const exited = { kind: 'exited', process: 'a' } as const;
    expect(violated(historyOf({ ...exited, how: '1' }))).toEqual([ENDS]);
    expect(violated(historyOf({ ...exited, how: 'SIGKILL' }))).toEqual([]);
  });

  const failed = told('a', 'storage-failed', OFF, { ...OFF, stale: true });
  const recovered = told('a', 'storage-recovered', { ...OFF, stale: true }, OFF);

  it.each([
    ['two failures without a recovery', [boot(false), failed, failed]],
    ['a recovery without a failure', [boot(false), recovered]],
    ['a failure after a boot that had told of it', [boot(true), failed]],
    ['a stale status without a failure', [boot(false), shown('a', { ...OFF, stale: true })]],
  ])('%s', (_, entries) => {
    expect(violated(historyOf(...entries))).toEqual([ALTERNATE]);
  });

  it.each([
    ['no fault in failures and recoveries that alternate', [boot(false), failed, recovered, failed]],
    [
      'no fault in a status that is fresh before the recovery is told',
      [boot(false), failed, shown('a', OFF)],
    ],
    ['no fault in a recovery after a boot without the storage', [boot(true), recovered]],
  ])('%s', (_, entries) => {
    expect(violated(historyOf(...entries))).toEqual([]);
  });

  it.each([
    ['an activation of what is active', [told('a', 'activated', on('a/1', 1), on('b/1', 2))]],
    ['a deactivation of what is off', [told('a', 'deactivated', OFF, OFF)]],
    ['an update that changes nothing', [told('a', 'updated', on('b/1', 2), on('b/1', 2))]],
    [
      'an event that does not begin where the one before has ended',
      [told('a', 'activated', OFF, on('a/1', 1)), told('a', 'activated', OFF, on('b/1', 2))],
    ],
    [
      'a status that no event has told of',
      [told('a', 'activated', OFF, on('a/1', 1)), shown('a', on('b/1', 2))],
    ],
  ])('%s', (_, entries) => {
    expect(violated(historyOf(...twoChanges, ...entries))).toEqual([EVENTS]);
  });
});
