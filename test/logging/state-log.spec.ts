import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { MemoryStorage } from '../../lib/index.js';
import { useFakeClock } from '../support/fake-clock.js';
import { FaultyStorage, throws } from '../support/faulty.storage.js';
import { bootContext, closeContexts } from '../support/state-context.js';

const NOW = Date.UTC(2026, 10, 21, 1);
const MINUTE_MS = 60 * 1000;
const at = (minutes: number): Date => new Date(NOW + minutes * MINUTE_MS);

beforeEach(() => useFakeClock(NOW));

afterEach(async () => {
  jest.useRealTimers();
  await closeContexts();
});

describe('The log of the state', () => {
  it('has one line for each change, with its mode, scope and author', async () => {
    const { maintenance, logs } = await bootContext();
    await maintenance.enable({ reason: 'Migration', by: 'ada', endsAt: at(30) });
    await maintenance.update({ mode: 'read-only', by: 'grace' });
    await maintenance.enable({ scope: 'billing', startsAt: at(60) });
    await maintenance.disable({ all: true, by: 'ada' });
    expect(logs).toEqual([
      'log: Maintenance activated: full, until 2026-11-21T01:30:00.000Z, for "Migration", by "ada".',
      'log: Maintenance updated: active, read-only, until 2026-11-21T01:30:00.000Z, for "Migration", by "grace".',
      'log: Maintenance of "billing" scheduled: full, from 2026-11-21T02:00:00.000Z.',
      'log: Maintenance deactivated, by "ada".',
      'log: Maintenance of "billing" cancelled, by "ada".',
    ]);
  });

  it('says that a window is over, and not the name of who began it', async () => {
    const { maintenance, logs } = await bootContext({ announce: { leadSeconds: 60 } });
    await maintenance.enable({ startsAt: at(5), endsAt: at(10), by: 'ada' });
    await jest.advanceTimersByTimeAsync(10 * MINUTE_MS);
    const setting = 'full, from 2026-11-21T01:05:00.000Z, until 2026-11-21T01:10:00.000Z, by "ada"';
    expect(logs).toEqual([
      `log: Maintenance scheduled: ${setting}.`,
      `log: Maintenance announced: ${setting}.`,
      `log: Maintenance activated: ${setting}.`,
      'log: Maintenance ended: its window is over.',
    ]);
  });

  it('says at boot what is on, since when, and nothing that reads like a change', async () => {
    const storage = new MemoryStorage();
    const { maintenance } = await bootContext({ storage });
    await maintenance.enable({ reason: 'Migration', by: 'ada' });
    await maintenance.enable({ scope: 'billing', startsAt: at(60) });
    jest.setSystemTime(at(20));
    await maintenance.update({ mode: 'read-only' });
    const { logs } = await bootContext({ storage });
    expect(logs).toEqual([
      'log: Maintenance is active since 2026-11-21T01:00:00.000Z: read-only, for "Migration", by "ada".',
      'log: Maintenance of "billing" is scheduled: full, from 2026-11-21T02:00:00.000Z.',
    ]);
  });

  it('says nothing at boot while everything is off', async () => {
    const { logs } = await bootContext();
    expect(logs).toEqual([]);
  });

  it.each([
    ['open', 'Nothing is known since boot, so the application is open.'],
    ['closed', 'Nothing is known since boot, so the application is closed.'],
  ] as const)('says that nothing is known with unknownState: %s', async (unknownState, text) => {
    const storage = new FaultyStorage();
    storage.faultyRead = throws;
    const { logs } = await bootContext({ storage, unknownState });
    expect(logs).toEqual([
      `error: Cannot read the maintenance state in the "faulty" storage: broken on purpose. ${text} The storage is tried again.`,
    ]);
  });

  it('has a reminder each hour while something is active that nothing ends', async () => {
    const { maintenance, logs } = await bootContext();
    await maintenance.enable({ by: 'ada' });
    await maintenance.enable({ scope: 'billing', endsAt: at(600) });
    logs.length = 0;
    await jest.advanceTimersByTimeAsync(59 * MINUTE_MS);
    expect(logs).toEqual([]);
    await jest.advanceTimersByTimeAsync(61 * MINUTE_MS);
    const reminder =
      'warn: Maintenance is active since 2026-11-21T01:00:00.000Z: full, by "ada". It has no end.';
    expect(logs).toEqual([reminder, reminder]);
    await maintenance.update({ endsAt: at(500) });
    logs.length = 0;
    await jest.advanceTimersByTimeAsync(120 * MINUTE_MS);
    expect(logs).toEqual([]);
  });
});
