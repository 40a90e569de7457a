import { describe, expect, it } from '@jest/globals';
import type { MaintenanceEventType, MaintenanceStatus } from '../../lib/index.js';
import { OFF_ENTRY, type RecordEntry, statusOf } from '../../lib/state/maintenance-record.js';
import { eventsBetween } from '../../lib/state/state-events.js';

const NOON = Date.UTC(2026, 10, 21, 12);
const OFF = statusOf(OFF_ENTRY, null, { revision: 1, stale: false, leadMs: 0 }, NOON);
const status = (members: Partial<MaintenanceStatus>): MaintenanceStatus => ({ ...OFF, ...members });
const ACTIVE = status({ state: 'active', reason: 'Why' });
const SCHEDULED = status({ state: 'scheduled', startsAt: new Date(NOON) });

describe('eventsBetween', () => {
  it.each<[what: string, before: MaintenanceStatus, after: MaintenanceStatus, types: MaintenanceEventType[]]>(
    [
      ['off and off', OFF, status({}), []],
      ['off and scheduled', OFF, SCHEDULED, ['scheduled']],
      ['off and active', OFF, ACTIVE, ['activated']],
      ['scheduled and active', SCHEDULED, ACTIVE, ['activated']],
      ['scheduled and off', SCHEDULED, OFF, ['cancelled']],
      ['scheduled and the same', SCHEDULED, status({ ...SCHEDULED, startsAt: new Date(NOON) }), []],
      [
        'scheduled and another start',
        SCHEDULED,
        status({ ...SCHEDULED, startsAt: new Date(NOON + 1) }),
        ['updated'],
      ],
      ['active and the same', ACTIVE, status({ ...ACTIVE }), []],
      ['active and another reason', ACTIVE, status({ ...ACTIVE, reason: 'Another' }), ['updated']],
      ['active and no reason', ACTIVE, status({ ...ACTIVE, reason: null }), ['updated']],
      ['active and another mode', ACTIVE, status({ ...ACTIVE, mode: 'read-only' }), ['updated']],
      ['active and another author', ACTIVE, status({ ...ACTIVE, by: 'ada' }), ['updated']],
      ['active and an end', ACTIVE, status({ ...ACTIVE, endsAt: new Date(NOON) }), ['updated']],
      ['active and set again', ACTIVE, status({ ...ACTIVE, updatedAt: new Date(NOON) }), ['updated']],
      ['active and off', ACTIVE, OFF, ['deactivated']],
      ['active and scheduled', ACTIVE, SCHEDULED, ['deactivated', 'scheduled']],
      ['two that differ only in their revision', ACTIVE, status({ ...ACTIVE, revision: 2 }), []],
      ['two of which one is stale', ACTIVE, status({ ...ACTIVE, stale: true }), []],
    ],
  )('%s: the events tell it', (_, before, after, types) => {
    expect(eventsBetween(before, after)).toEqual(types);
  });
});

describe('statusOf', () => {
  const entry: RecordEntry = {
    ...OFF_ENTRY,
    state: 'scheduled',
    mode: 'read-only',
    reason: 'Why',
    startsAt: NOON,
    endsAt: NOON + 1,
    by: 'ada',
    updatedAt: NOON - 1,
    revision: 3,
  };
  const seen = { revision: 7, stale: true, leadMs: 0 };

  it('says all while the window lasts', () => {
    expect(statusOf(entry, 'billing', seen, NOON)).toEqual({
      state: 'active',
      mode: 'read-only',
      scope: 'billing',
      reason: 'Why',
      reasons: null,
      startsAt: new Date(NOON),
      endsAt: new Date(NOON + 1),
      announced: false,
      by: 'ada',
      updatedAt: new Date(NOON - 1),
      revision: 7,
      stale: true,
    });
  });

  it('reads as off when the window has ended, and says only who set it', () => {
    expect(statusOf(entry, null, seen, NOON + 1)).toEqual({
      state: 'off',
      mode: 'full',
      scope: null,
      reason: null,
      reasons: null,
      startsAt: null,
      endsAt: null,
      announced: false,
      by: 'ada',
      updatedAt: new Date(NOON - 1),
      revision: 7,
      stale: true,
    });
  });
});
