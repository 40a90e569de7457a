import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type EnableOptions,
  MaintenanceForcedError,
  MaintenanceWindowError,
  MemoryStorage,
} from '../../lib/index.js';
import { bootContext, closeContexts } from '../support/state-context.js';

const now = Date.now();
/** From when the file was loaded: the same count is the same moment. */
const hours = (count: number): Date => new Date(now + count * 3_600_000);

afterEach(closeContexts);

describe('Parity 9: enable, disable, isActive', () => {
  it('do as they say', async () => {
    const { maintenance } = await bootContext();
    expect(maintenance.isActive()).toBe(false);
    await maintenance.enable();
    expect(maintenance.isActive()).toBe(true);
    await maintenance.disable();
    expect(maintenance.isActive()).toBe(false);
  });
});

describe('Parity 10: enabled', () => {
  it.each([
    [true, '0'],
    [false, '1'],
  ])('%s beats the stored %j, and cannot be changed', async (enabled, stored) => {
    const storage = new MemoryStorage();
    await storage.write(stored);
    const { maintenance } = await bootContext({ enabled, storage });
    expect(maintenance.isActive()).toBe(enabled);
    await expect(maintenance.enable()).rejects.toBeInstanceOf(MaintenanceForcedError);
    await expect(maintenance.disable()).rejects.toBeInstanceOf(MaintenanceForcedError);
    expect(maintenance.isActive()).toBe(enabled);
    expect(await storage.read()).toMatchObject({ text: stored });
  });
});

describe('Parity 11: a window', () => {
  it.each<[string, EnableOptions, string]>([
    ['that runs is active', { startsAt: hours(-1), endsAt: hours(1) }, 'active'],
    ['in the future is scheduled', { startsAt: hours(1), endsAt: hours(2) }, 'scheduled'],
    ['with a start in the past alone is active', { startsAt: hours(-1) }, 'active'],
    ['with a start in the future alone is scheduled', { startsAt: hours(1) }, 'scheduled'],
    ['with an end alone is active', { endsAt: hours(1) }, 'active'],
  ])('%s', async (_, window, state) => {
    const { maintenance } = await bootContext();
    await maintenance.enable(window);
    expect(maintenance.status().state).toBe(state);
    expect(maintenance.isActive()).toBe(state === 'active');
  });

  it('that has ended is off', async () => {
    const storage = new MemoryStorage();
    await storage.write(JSON.stringify({ start: hours(-2).toISOString(), end: hours(-1).toISOString() }));
    const { maintenance } = await bootContext({ storage });
    expect(maintenance.status()).toMatchObject({ state: 'off', stale: false });
  });
});

describe('Parity 12: a date', () => {
  it('may be a Date or ISO 8601, and the last write wins', async () => {
    const { maintenance } = await bootContext();
    const [startsAt, endsAt] = [hours(1), hours(2)];
    await maintenance.enable({ startsAt, endsAt });
    expect(maintenance.status()).toMatchObject({ startsAt, endsAt });
    const later = [hours(3), hours(4)] as const;
    await maintenance.enable({ startsAt: later[0].toISOString(), endsAt: later[1].toISOString() });
    expect(maintenance.status()).toMatchObject({ startsAt: later[0], endsAt: later[1] });
  });

  it.each<[string, object]>([
    ['a start at the end', { startsAt: hours(1), endsAt: hours(1) }],
    ['a start behind the end', { startsAt: hours(2), endsAt: hours(1) }],
    ['an end in the past', { endsAt: hours(-1) }],
    ['a text that is no date', { startsAt: 'tomorrow' }],
    ['a text without an offset', { startsAt: '2099-01-01T00:00:00' }],
    ['a number', { startsAt: Date.now() + 3_600_000 }],
    ['an invalid Date', { startsAt: new Date(Number.NaN) }],
  ])('is rejected: %s', async (_, window) => {
    const { maintenance } = await bootContext();
    await expect(maintenance.enable(window)).rejects.toBeInstanceOf(MaintenanceWindowError);
    expect(maintenance.status().state).toBe('off');
  });
});

describe('Parity 13: run', () => {
  it.each<[string, EnableOptions | null, string]>([
    ['off', null, 'off'],
    ['on', { reason: 'before' }, 'active'],
    ['a schedule', { startsAt: hours(1), endsAt: hours(2), reason: 'before' }, 'scheduled'],
  ])('restores what was there before: %s', async (_, before, state) => {
    const { maintenance } = await bootContext();
    if (before) await maintenance.enable(before);
    const { startsAt, endsAt, reason } = maintenance.status();
    expect(await maintenance.run(() => maintenance.isActive())).toBe(true);
    expect(maintenance.status()).toMatchObject({ state, startsAt, endsAt, reason });
    const failed = maintenance.run(() => Promise.reject(new Error('migration failed')));
    await expect(failed).rejects.toThrow('migration failed');
    expect(maintenance.status()).toMatchObject({ state, startsAt, endsAt, reason });
  });

  it('within run restores in order', async () => {
    const { maintenance } = await bootContext();
    const reasons: (string | null)[] = [];
    const note = (): void => void reasons.push(maintenance.status().reason);
    await maintenance.run(
      async () => {
        note();
        await maintenance.run(note, { reason: 'inner' });
        note();
      },
      { reason: 'outer' },
    );
    expect(reasons).toEqual(['outer', 'inner', 'outer']);
    expect(maintenance.isActive()).toBe(false);
  });
});
