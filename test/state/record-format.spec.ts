import { describe, expect, it } from '@jest/globals';
import {
  EMPTY_RECORD,
  type MaintenanceRecord,
  OFF_ENTRY,
  type RecordedChange,
  type RecordEntry,
} from '../../lib/state/maintenance-record.js';
import { formatRecord, parseRecord } from '../../lib/state/record-format.js';

const NINE = Date.UTC(2026, 10, 21, 9);
const TEN = Date.UTC(2026, 10, 21, 10);

/** Of the application, in a record without anything else. */
function applicationOf(text: string): RecordEntry {
  const { application, ...rest } = parseRecord(text);
  expect(rest).toEqual({
    revision: 0,
    scopes: new Map(),
    activation: null,
    key: null,
    marks: [],
    history: [],
    secrets: [],
  });
  return application;
}

describe('parseRecord', () => {
  it.each(['0', ' 0\n', '0\r\n', '\t0 ', '\uFEFF0'])('reads %j as off', (text) => {
    expect(applicationOf(text)).toEqual(OFF_ENTRY);
  });

  it.each(['1', ' 1\n', '1\r\n', '\n\n1', '\uFEFF1'])('reads %j as on', (text) => {
    expect(applicationOf(text)).toEqual({ ...OFF_ENTRY, state: 'on' });
  });

  it.each([
    ['{"start": "2026-11-21T09:00:00Z", "end": "2026-11-21T10:00:00Z"}', 'scheduled', NINE, TEN],
    ['{"start": "2026-11-21T09:00:00+00:00", "end": null}', 'scheduled', NINE, null],
    ['{"start": null, "end": "2026-11-21T11:00:00+01:00"}', 'on', null, TEN],
    ['{"end": "2026-11-21T10:00:00.000000+00:00"}', 'on', null, TEN],
    ['{"start": "2026-11-21T09:00:00.000000+00:00"}\n', 'scheduled', NINE, null],
  ])("reads django's %s", (text, state, startsAt, endsAt) => {
    expect(applicationOf(text)).toEqual({ ...OFF_ENTRY, state, startsAt, endsAt });
  });

  it('reads its own format', () => {
    const text = `{
      "version": 1, "revision": 12,
      "application": { "state": "scheduled", "mode": "read-only", "reason": "Wartung", "startsAt": "2026-11-21T09:00:00Z",
        "endsAt": "2026-11-21T11:00:00+01:00", "by": "ada", "updatedAt": "2026-11-21T09:00:00Z", "revision": 12 },
      "scopes": { "billing": { "state": "on" }, "search": { "state": "off", "revision": 3 } },
      "activation": "an-activation", "key": "a-key", "marks": "11.Ab-dEf_9 12.x" }`;
    expect(parseRecord(text)).toEqual({
      revision: 12,
      application: {
        ...OFF_ENTRY,
        state: 'scheduled',
        mode: 'read-only',
        reason: 'Wartung',
        startsAt: NINE,
        endsAt: TEN,
        by: 'ada',
        updatedAt: NINE,
        revision: 12,
      },
      scopes: new Map([
        ['billing', { ...OFF_ENTRY, state: 'on' }],
        ['search', { ...OFF_ENTRY, revision: 3 }],
      ]),
      activation: 'an-activation',
      key: 'a-key',
      marks: ['11.Ab-dEf_9', '12.x'],
      history: [],
      secrets: [],
    });
  });

  it('takes "on" with a later start, as a person writes it, for scheduled', () => {
    const text =
      '{ "version": 1, "revision": 0, "application": { "state": "on", "startsAt": "2099-01-01T00:00:00Z" } }';
    expect(parseRecord(text).application).toMatchObject({ state: 'scheduled' });
  });

  it('refuses a next stage that begins before the present one', () => {
    const next = '{ "state": "scheduled", "startsAt": "2026-11-21T09:00:00Z" }';
    const text = `{ "version": 1, "revision": 0, "application": { "state": "scheduled", "startsAt": "2026-11-21T10:00:00Z", "next": ${next} } }`;
    expect(() => parseRecord(text)).toThrow(/next\.startsAt: expected a time later than startsAt/);
  });

  it('reads what a scope, its next stage, the history and bypass secrets add', () => {
    const hash = 'x'.repeat(43);
    const text = `{
      "version": 1, "revision": 12, "application": { "state": "off" },
      "scopes": { "billing": { "state": "on", "note": "INC-7", "since": "2026-11-21T09:00:00Z", "allow": { "ipAddresses": ["10.0.0.0/8"] },
        "next": { "state": "scheduled", "startsAt": "2026-11-21T10:00:00Z", "announceFrom": "2026-11-21T09:00:00Z" } } },
      "secrets": [{ "hash": "${hash}", "by": "ada", "at": "2026-11-21T09:00:00Z", "scopes": [null, "billing"] }],
      "history": [{ "at": "2026-11-21T09:00:00Z", "action": "on", "scope": "billing", "via": "cli", "revision": 12 }] }`;
    const record = parseRecord(text);
    expect(record.scopes.get('billing')).toEqual({
      ...OFF_ENTRY,
      state: 'on',
      note: 'INC-7',
      since: NINE,
      allow: ['10.0.0.0/8'],
      next: { ...OFF_ENTRY, state: 'scheduled', startsAt: TEN, announceFrom: NINE },
    });
    expect(record.secrets).toEqual([{ hash, by: 'ada', at: NINE, scopes: [null, 'billing'] }]);
    const unset = { by: null, reason: null, note: null, startsAt: null, endsAt: null };
    expect(record.history).toEqual([
      { ...unset, at: NINE, action: 'on', scope: 'billing', via: 'cli', mode: 'full', revision: 12 },
    ]);
  });

  it('reads the least that a person has to write', () => {
    const text = '{"version":1,"revision":0,"application":{"state":"on"}}';
    expect(applicationOf(text)).toEqual({ ...OFF_ENTRY, state: 'on' });
  });

  it('takes null for what may be absent', () => {
    const entry = '{"state":"on","reason":null,"startsAt":null,"endsAt":null,"by":null,"updatedAt":null}';
    const text = `{"version":1,"revision":0,"application":${entry},"activation":null,"key":null}`;
    expect(applicationOf(text)).toEqual({ ...OFF_ENTRY, state: 'on' });
  });
});

describe('formatRecord', () => {
  it('writes JSON that a person can read, with a line break at its end', () => {
    const application: RecordEntry = { ...OFF_ENTRY, state: 'on', reason: 'Why', endsAt: TEN, revision: 4 };
    expect(formatRecord({ ...EMPTY_RECORD, revision: 4, application })).toBe(
      [
        '{',
        '  "version": 1,',
        '  "revision": 4,',
        '  "application": {',
        '    "state": "on",',
        '    "reason": "Why",',
        '    "revision": 4,',
        '    "mode": "full",',
        '    "endsAt": "2026-11-21T10:00:00.000Z"',
        '  }',
        '}',
        '',
      ].join('\n'),
    );
  });

  it('writes the largest record that can be read, and refuses one that is a character larger', () => {
    const largest = recordOfLength(384 * 1024);
    expect(parseRecord(formatRecord(largest))).toEqual(largest);
    expect(() => formatRecord(recordOfLength(384 * 1024 + 1))).toThrow('use fewer scopes or shorter reasons');
  });

  it.each(Array.from({ length: 20 }, (_, seed) => [seed]))(
    'reads back what it wrote, whatever that is (seed %i)',
    (seed) => {
      const random = mulberry32(seed);
      for (let run = 0; run < 100; run += 1) {
        const record = anyRecord(random);
        expect(parseRecord(formatRecord(record))).toEqual(record);
      }
    },
  );
});

/** A record whose text has so many characters, the line break at its end included. */
function recordOfLength(length: number): MaintenanceRecord {
  const scopes = new Map<string, RecordEntry>();
  for (let index = 0; index < 200; index += 1)
    scopes.set(`scope-${index}`, { ...OFF_ENTRY, state: 'on', reason: '' });
  const record = { ...EMPTY_RECORD, scopes };
  let missing = length - formatRecord(record).length;
  for (const [name, entry] of scopes) {
    const reason = 'x'.repeat(Math.min(missing, 2000));
    missing -= reason.length;
    scopes.set(name, { ...entry, reason });
  }
  expect(missing).toBe(0);
  return record;
}

/** Random numbers that are the same in each run, so that what fails once fails again. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function anyRecord(random: () => number): MaintenanceRecord {
  const below = (limit: number): number => Math.floor(random() * limit);
  const oneOf = <T>(...values: readonly T[]): T => values[below(values.length)] as T;
  const text = (): string =>
    String.fromCharCode(
      ...Array.from({ length: below(20) }, () => oneOf(below(128), below(65_536), 34, 92, 0x2028)),
    );
  const reason = (): Pick<RecordEntry, 'reason' | 'reasons'> => {
    if (below(4) > 0) return { reason: oneOf(null, '', text(), '{{this}}', '</script>'), reasons: null };
    const first = `a${text()}`;
    const others = oneOf({}, { 'pt-BR': 'b{{this}}' }, { 'zh-Hant': '</script>', tostring: 'x' });
    return { reason: first, reasons: { [oneOf('en', 'de')]: first, ...others } };
  };
  const time = (): number => below(Date.UTC(9999, 11, 31));
  const stage = (state: RecordEntry['state']): RecordEntry => {
    const startsAt = state === 'scheduled' ? time() : oneOf(null, time());
    return {
      state,
      // What is off has no mode to keep.
      mode: state === 'off' ? 'full' : oneOf('full', 'read-only'),
      ...reason(),
      note: oneOf(null, text()),
      startsAt,
      endsAt: oneOf(null, startsAt === null ? time() : startsAt + 1 + below(1e9)),
      announceFrom: oneOf(null, time()),
      allow: oneOf<readonly string[]>([], ['10.0.0.1'], ['::1', '10.0.0.0/8']),
      by: oneOf(null, '', text()),
      // What is on began before it was written.
      updatedAt: state === 'on' && startsAt !== null ? startsAt + below(1e9) : oneOf(null, time()),
      since: oneOf(null, time()),
      revision: below(Number.MAX_SAFE_INTEGER),
      next: null,
    };
  };
  const entry = (): RecordEntry => {
    const present = stage(oneOf('off', 'on', 'scheduled'));
    const planned = stage('scheduled');
    const startsAt = (present.startsAt ?? 0) + below(1e9);
    const next = { ...planned, startsAt, endsAt: oneOf(null, startsAt + 1 + below(1e9)) };
    return { ...present, next: present.state === 'off' ? null : oneOf(null, next) };
  };
  const change = (): RecordedChange => ({
    at: time(),
    action: oneOf('on', 'off', 'updated', 'restored'),
    scope: oneOf(null, scope()),
    by: oneOf(null, text()),
    via: oneOf('route', 'cli', 'service', 'storage'),
    reason: oneOf(null, text()),
    note: oneOf(null, text()),
    startsAt: oneOf(null, time()),
    endsAt: oneOf(null, time()),
    mode: oneOf('full', 'read-only'),
    revision: below(Number.MAX_SAFE_INTEGER),
  });
  const scope = (): string =>
    oneOf('constructor', 'toHTML', 'prototype', '0', '10', 'a b', 'é', '支払い', `s${below(1e6)}`);
  return {
    revision: below(Number.MAX_SAFE_INTEGER),
    application: entry(),
    scopes: new Map(Array.from({ length: below(6) }, () => [scope(), entry()])),
    activation: oneOf(null, 'an-activation'),
    key: oneOf(null, 'a-key'),
    marks: oneOf<readonly string[]>([], ['1.Ab-dEf_9'], ['1.Ab-dEf_9', '7.x']),
    history: Array.from({ length: below(6) }, change),
    secrets: oneOf<MaintenanceRecord['secrets']>(
      [],
      [{ hash: 'a'.repeat(43), by: null, at: time(), scopes: [null, scope()] }],
    ),
  };
}
