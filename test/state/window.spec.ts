import { describe, expect, it } from '@jest/globals';
import {
  EMPTY_RECORD,
  nextEdge,
  OFF_ENTRY,
  type RecordEntry,
  stateAt,
} from '../../lib/state/maintenance-record.js';
import { parseIsoDate } from '../../lib/validation/values.js';

describe('parseIsoDate', () => {
  it.each([
    ['2026-11-21T03:00:00Z', Date.UTC(2026, 10, 21, 3)],
    ['2026-11-21T03:00Z', Date.UTC(2026, 10, 21, 3)],
    ['2026-11-21T03:00:00.5Z', Date.UTC(2026, 10, 21, 3, 0, 0, 500)],
    ['2026-11-21T03:00:00.123456789Z', Date.UTC(2026, 10, 21, 3, 0, 0, 123)],
    ['2026-11-21T03:00:00+01:00', Date.UTC(2026, 10, 21, 2)],
    ['2026-11-21T03:00:00-05:30', Date.UTC(2026, 10, 21, 8, 30)],
    ['2026-11-21T03:00:00+14:00', Date.UTC(2026, 10, 20, 13)],
    ['2026-11-21T03:00:00-00:00', Date.UTC(2026, 10, 21, 3)],
    ['2028-02-29T00:00:00Z', Date.UTC(2028, 1, 29)],
    ['2026-11-21T24:00:00Z', Date.UTC(2026, 10, 22)],
    ['2016-12-31T23:59:60Z', Date.UTC(2017, 0, 1)], // a leap second that there was: JavaScript's clock has none
    ['2016-12-31T23:59:60.5Z', Date.UTC(2017, 0, 1)],
    ['2017-01-01T00:59:60+01:00', Date.UTC(2017, 0, 1)],
    ['1970-01-01T00:00:00Z', 0],
    ['9999-12-31T23:59:59.999Z', Date.UTC(9999, 11, 31, 23, 59, 59, 999)],
  ])('reads %s', (text, time) => {
    expect(parseIsoDate(text)).toBe(time);
  });

  it.each([
    '2026-11-21T03:00:00', // another time on each machine
    '2026-11-21', // JavaScript would take it for UTC
    '2026-11-21 03:00:00Z',
    '2026-11-21T03:00:00 Z',
    '2026-11-21T03:00:00z',
    '2026-11-21T03:00:00+01',
    '2026-11-21T03:00:00+0100',
    '2026-11-21T03:00:00+25:00',
    '2026-11-21T03:00:00+01:60',
    '2026-11-21T03Z',
    '2026-02-30T03:00:00Z',
    '2026-02-29T03:00:00Z',
    '2100-02-29T03:00:00Z',
    '2026-04-31T03:00:00Z',
    '2026-00-10T03:00:00Z',
    '2026-13-10T03:00:00Z',
    '2026-11-00T03:00:00Z',
    '2026-11-32T03:00:00Z',
    '2026-11-21T24:00:01Z',
    '2026-11-21T25:00:00Z',
    '2026-11-21T03:60:00Z',
    '2016-12-31T22:59:60Z', // leap seconds are at midnight UTC
    '2016-12-31T23:59:60+01:00',
    '2016-12-31T23:59:61Z',
    '2016-02-30T23:59:60Z',
    '2026-11-21T03:00:60Z',
    '2026-11-21T03:00:00,5Z',
    '2026-11-21T03:00:00.Z',
    '2026-11-21T03:00:00.1234567890Z',
    '2026-W47-6T03:00:00Z',
    '2026-325T03:00:00Z',
    '20261121T030000Z',
    '+002026-11-21T03:00:00Z',
    '-000001-11-21T03:00:00Z',
    '1969-12-31T23:59:59Z',
    '1970-01-01T00:00:00+01:00',
    '9999-12-31T23:59:59-01:00',
    '10000-01-01T00:00:00Z',
    ' 2026-11-21T03:00:00Z',
    '2026-11-21T03:00:00Z\n',
    'Sat, 21 Nov 2026 03:00:00 GMT',
    'tomorrow',
    '1795230000000',
    '',
    '٢٠٢٦-11-21T03:00:00Z',
  ])('refuses %j', (text) => {
    expect(parseIsoDate(text)).toBeNull();
  });
});

const entry = (members: Partial<RecordEntry>): RecordEntry => ({ ...OFF_ENTRY, ...members });

describe('A window', () => {
  const [NINE, TEN] = [Date.UTC(2026, 10, 21, 9), Date.UTC(2026, 10, 21, 10)];
  const whole = entry({ state: 'scheduled', startsAt: NINE, endsAt: TEN });
  const noEnd = entry({ state: 'scheduled', startsAt: NINE });
  const noStart = entry({ state: 'on', endsAt: TEN });

  it.each<[what: string, window: RecordEntry, time: number, state: string, edge: number | null]>([
    ['with both edges, just before it starts', whole, NINE - 1, 'scheduled', NINE],
    ['with both edges, when it starts', whole, NINE, 'active', TEN],
    ['with both edges, just before it ends', whole, TEN - 1, 'active', TEN],
    ['with both edges, when it ends', whole, TEN, 'off', null],
    ['with both edges, long after', whole, TEN * 2, 'off', null],
    ['without an end, just before it starts', noEnd, NINE - 1, 'scheduled', NINE],
    ['without an end, when it starts', noEnd, NINE, 'active', null],
    ['without an end, long after', noEnd, TEN * 2, 'active', null],
    ['without a start, long before it ends', noStart, 0, 'active', TEN],
    ['without a start, just before it ends', noStart, TEN - 1, 'active', TEN],
    ['without a start, when it ends', noStart, TEN, 'off', null],
    ['that is turned on early', entry({ state: 'on', startsAt: NINE, endsAt: TEN }), NINE - 1, 'active', TEN],
    ['that is turned off', entry({ state: 'off', startsAt: NINE, endsAt: TEN }), NINE, 'off', null],
  ])('%s', (_, window, time, state, edge) => {
    expect(stateAt(window, time)).toBe(state);
    expect(nextEdge({ ...EMPTY_RECORD, application: window }, time, 0)).toBe(edge);
  });

  it('of a scope has edges, too: the next one of all counts', () => {
    const scopes = new Map([
      ['billing', entry({ state: 'on', endsAt: TEN })],
      ['search', entry({ state: 'scheduled', startsAt: NINE })],
      ['mail', entry({ state: 'on' })],
    ]);
    expect(nextEdge({ ...EMPTY_RECORD, scopes }, 0, 0)).toBe(NINE);
    expect(nextEdge({ ...EMPTY_RECORD, scopes }, NINE, 0)).toBe(TEN);
    expect(nextEdge({ ...EMPTY_RECORD, scopes }, TEN, 0)).toBeNull();
  });
});
