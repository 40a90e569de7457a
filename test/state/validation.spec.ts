import { afterEach, describe, expect, it } from '@jest/globals';
import { MaintenanceOptionsError, type MaintenanceService, MaintenanceWindowError } from '../../lib/index.js';
import { FaultyStorage } from '../support/faulty.storage.js';
import { bootContext, closeContexts } from '../support/state-context.js';

afterEach(closeContexts);

const HOUR_MS = 60 * 60 * 1000;
const hours = (count: number): Date => new Date(Date.now() + count * HOUR_MS);

/** Calls with what a caller without types may pass. */
function call(
  maintenance: MaintenanceService,
  method: 'enable' | 'disable' | 'run',
  options: unknown,
): Promise<unknown> {
  const args = method === 'run' ? [() => undefined, options] : [options];
  return Reflect.apply(maintenance[method], maintenance, args) as Promise<unknown>;
}

describe.each(['enable', 'run'] as const)('%s refuses', (method) => {
  it.each<[what: string, options: unknown, message: string]>([
    ['an unknown option', { surprise: 1 }, 'enable.surprise: '],
    ['options that are a text', 'now', 'enable: expected an object'],
    ['options that are an array', [], 'enable: expected an object'],
    ['a reason that is a number', { reason: 1 }, 'enable.reason: '],
    ['a note that is too long', { note: 'x'.repeat(2001) }, 'enable.note: '],
    ['addresses that are no list', { allow: { ipAddresses: '10.0.0.1' } }, 'enable.allow.ipAddresses: '],
    ['an address that is none', { allow: { ipAddresses: ['10.0.0.0/33'] } }, 'enable.allow.ipAddresses[0]: '],
    ['51 addresses', { allow: { ipAddresses: Array(51).fill('10.0.0.1') } }, 'expected at most 50 items'],
    ['the status of what was off', { state: 'off' }, 'enable.state: this status is off'],
    [
      'a reason that is too long',
      { reason: 'x'.repeat(2001) },
      'enable.reason: expected a string of at most 2000',
    ],
    ['an author that is an object', { by: {} }, 'enable.by: '],
    ['an author that is too long', { by: 'x'.repeat(201) }, 'enable.by: '],
    ['an unknown mode', { mode: 'partial' }, 'enable.mode: expected "full" or "read-only"'],
    ['a scope without a name', { scope: '' }, 'enable.scope: '],
    ['a scope with a space at its end', { scope: 'billing ' }, 'enable.scope: '],
    ['a scope with a line break', { scope: 'bil\nling' }, 'enable.scope: '],
    ['a scope with a NUL', { scope: 'billing\0' }, 'enable.scope: '],
    ['a scope with half a character', { scope: '\ud800' }, 'enable.scope: '],
    ['a scope with a too long name', { scope: 'x'.repeat(101) }, 'enable.scope: '],
    ['__proto__ as a scope', { scope: '__proto__' }, 'enable.scope: '],
  ])('%s', async (_, options, message) => {
    const storage = new FaultyStorage();
    const { maintenance } = await bootContext({ storage });
    const error: unknown = await call(maintenance, method, options).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(MaintenanceOptionsError);
    expect(error).toMatchObject({ code: 'MAINTENANCE_OPTIONS', message: expect.stringContaining(message) });
    expect(storage.writes).toBe(0);
    expect(maintenance.isActive()).toBe(false);
  });

  it.each<[what: string, options: unknown, message: string]>([
    [
      'a start without an offset',
      { startsAt: '2026-11-21T03:00:00' },
      'startsAt: expected a Date, or ISO 8601 with an offset',
    ],
    ['an end on 30 February', { endsAt: '2027-02-30T03:00:00Z' }, 'endsAt: expected a Date'],
    ['a start that is a number', { startsAt: 1_795_230_000_000 }, 'startsAt: expected a Date'],
    ['an announcement of what begins at once', { announceFrom: hours(1) }, 'announceFrom needs a startsAt'],
    [
      'an announcement after the start',
      { startsAt: hours(1), announceFrom: hours(2) },
      'must be earlier than startsAt',
    ],
    ['an invalid Date', { endsAt: new Date('nonsense') }, 'endsAt: expected a Date'],
    ['an end that is an object', { endsAt: {} }, 'endsAt: expected a Date'],
    ['an end in the past', { endsAt: hours(-1) }, 'must be in the future'],
    ['an end right now', { endsAt: new Date() }, 'must be in the future'],
    ['a window in the past', { startsAt: hours(-2), endsAt: hours(-1) }, 'must be in the future'],
    ['an end before the start', { startsAt: hours(2), endsAt: hours(1) }, 'must be later than startsAt'],
    [
      'an end at the start',
      { startsAt: '2999-01-01T00:00:00Z', endsAt: '2999-01-01T01:00:00+01:00' },
      'must be later',
    ],
  ])('%s', async (_, options, message) => {
    const storage = new FaultyStorage();
    const { maintenance } = await bootContext({ storage });
    const error: unknown = await call(maintenance, method, options).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(MaintenanceWindowError);
    expect(error).toMatchObject({ code: 'MAINTENANCE_WINDOW', message: expect.stringContaining(message) });
    expect(storage.writes).toBe(0);
    expect(maintenance.status()).toMatchObject({ state: 'off', revision: 0 });
  });
});

describe('disable refuses', () => {
  it.each<[what: string, options: unknown, type: abstract new (...args: never[]) => Error, message: string]>([
    ['a start', { startsAt: hours(1) }, MaintenanceWindowError, 'takes no startsAt or endsAt'],
    ['an end', { endsAt: hours(1) }, MaintenanceWindowError, 'takes no startsAt or endsAt'],
    ['a reason', { reason: 'Why' }, MaintenanceOptionsError, 'disable.reason: '],
    ['a wrong scope', { scope: '' }, MaintenanceOptionsError, 'disable.scope: '],
    ['a wrong author', { by: 1 }, MaintenanceOptionsError, 'disable.by: '],
    ['all beside a scope', { all: true, scope: 'billing' }, MaintenanceOptionsError, 'disable.all: '],
  ])('%s, and stays on', async (_, options, type, message) => {
    const { maintenance } = await bootContext();
    await maintenance.enable();
    const error: unknown = await call(maintenance, 'disable', options).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(type);
    expect(error).toMatchObject({ message: expect.stringContaining(message) });
    expect(maintenance.isActive()).toBe(true);
  });
});

/** Options that the status does not show. */
const UNSHOWN = ['announceFrom', 'note'];

describe('enable takes', () => {
  it.each<[what: string, options: object]>([
    [
      'what is as long as it may be',
      { reason: 'x'.repeat(2000), by: 'x'.repeat(200), scope: 'x'.repeat(100) },
    ],
    [
      'undefined for what is absent',
      { reason: undefined, startsAt: undefined, scope: undefined, mode: undefined },
    ],
    [
      'null for what is not set',
      { reason: null, startsAt: null, endsAt: null, scope: null, by: null, announceFrom: null, note: null },
    ],
    ['a start in the past', { startsAt: hours(-1) }],
    ['a reason with any characters', { reason: '<img src=x onerror=alert(1)>\n\0{{this}}\ud800"\u2028' }],
  ])('%s', async (_, options) => {
    const { maintenance } = await bootContext();
    const given = Object.fromEntries(
      Object.entries(options).filter(([name, value]) => value !== undefined && !UNSHOWN.includes(name)),
    );
    expect(await call(maintenance, 'enable', options)).toMatchObject({ state: 'active', ...given });
    // And the storage gives it back like that.
    expect(await maintenance.refresh()).toMatchObject({ stale: false });
    expect(maintenance.status((given['scope'] ?? undefined) as string | undefined)).toMatchObject(given);
  });
});
