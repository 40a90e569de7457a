import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { MemoryStorage } from '../../lib/index.js';
import { useFakeClock } from '../support/fake-clock.js';
import { bootContext, closeContexts, partsOf, type StateContext } from '../support/state-context.js';

const NOW = Date.UTC(2026, 10, 21, 1);
const MINUTE_MS = 60 * 1000;
const at = (minutes: number): Date => new Date(NOW + minutes * MINUTE_MS);

beforeEach(() => useFakeClock(NOW));

afterEach(async () => {
  jest.useRealTimers();
  await closeContexts();
});

/** Read-only now, full from minute 10 to minute 30. */
async function bootStaged(present: object = {}): Promise<StateContext> {
  const context = await bootContext({ announce: { leadSeconds: 0 } });
  await context.maintenance.enable({ mode: 'read-only', reason: 'First', by: 'ada', ...present });
  await context.maintenance.enable({ startsAt: at(10), endsAt: at(30), reason: 'Second' });
  return context;
}

const told = ({ events }: StateContext): unknown[] =>
  events.map(({ type, before, after }) => [type, before.state, after.state, after.reason]);

describe('A later start while maintenance is active', () => {
  it('plans the next stage: the present one stays on until then, without a gap', async () => {
    const context = await bootStaged();
    const { maintenance } = context;
    const seen: unknown[] = [];
    for (const minute of [0, 9.999, 10, 29.999, 30]) {
      await jest.advanceTimersByTimeAsync(NOW + minute * MINUTE_MS - Date.now());
      const { state, mode, reason } = maintenance.status();
      seen.push([minute, state, mode, reason]);
    }
    expect(seen).toEqual([
      [0, 'active', 'read-only', 'First'],
      [9.999, 'active', 'read-only', 'First'],
      [10, 'active', 'full', 'Second'],
      [29.999, 'active', 'full', 'Second'],
      [30, 'off', 'full', null],
    ]);
    expect(told(context)).toEqual([
      ['activated', 'off', 'active', 'First'],
      ['scheduled', 'off', 'scheduled', 'Second'],
      ['updated', 'active', 'active', 'Second'],
      ['deactivated', 'active', 'off', null],
    ]);
  });

  it('needs no timer: a request at the edge gets the stage of that time', async () => {
    const { app, maintenance } = await bootStaged();
    const state = partsOf(app).state;
    const first = state.activeStatus();
    expect(state.activeStatus()).toBe(first);
    jest.setSystemTime(NOW + 10 * MINUTE_MS);
    expect(maintenance.status()).toMatchObject({ mode: 'full' });
    const second = state.activeStatus();
    expect(second).toMatchObject({ mode: 'full', reason: 'Second' });
    expect(state.activeStatus()).toBe(second);
    jest.setSystemTime(NOW + 30 * MINUTE_MS);
    expect(state.activeStatus()).toBeNull();
  });

  it('is in the list beside the present stage, of a scope too', async () => {
    const { maintenance } = await bootStaged();
    await maintenance.enable({ scope: 'billing' });
    await maintenance.enable({ scope: 'billing', startsAt: at(5) });
    await maintenance.enable({ scope: 'search', startsAt: at(5) });
    expect(maintenance.list().map(({ scope, state, startsAt }) => [scope, state, startsAt])).toEqual([
      [null, 'active', null],
      [null, 'scheduled', at(10)],
      ['billing', 'active', null],
      ['billing', 'scheduled', at(5)],
      ['search', 'scheduled', at(5)],
    ]);
  });

  it('replaces the stage that was planned before', async () => {
    const { maintenance } = await bootStaged();
    await maintenance.enable({ startsAt: at(20), reason: 'Third' });
    expect(maintenance.list().map(({ reason }) => reason)).toEqual(['First', 'Third']);
    await maintenance.enable({ reason: 'Now' });
    expect(maintenance.list().map(({ reason }) => reason)).toEqual(['Now']);
  });

  it('begins at its start if the present stage ends earlier', async () => {
    const context = await bootStaged({ endsAt: at(5) });
    const { maintenance, logs } = context;
    await jest.advanceTimersByTimeAsync(5 * MINUTE_MS);
    expect(maintenance.status()).toMatchObject({ state: 'scheduled', startsAt: at(10) });
    await jest.advanceTimersByTimeAsync(5 * MINUTE_MS);
    expect(maintenance.status()).toMatchObject({ state: 'active', reason: 'Second' });
    expect(told(context)).toEqual([
      ['activated', 'off', 'active', 'First'],
      ['scheduled', 'off', 'scheduled', 'Second'],
      ['deactivated', 'active', 'scheduled', 'Second'],
      ['activated', 'scheduled', 'active', 'Second'],
    ]);
    expect(logs.slice(2)).toEqual([
      'log: Maintenance ended: its window is over, and is scheduled, full, ' +
        'from 2026-11-21T01:10:00.000Z, until 2026-11-21T01:30:00.000Z, for "Second".',
      expect.stringContaining('Maintenance activated: full, from'),
    ]);
  });

  it('is turned off together with the present stage', async () => {
    const context = await bootStaged();
    expect(await context.maintenance.disable()).toMatchObject({ state: 'off' });
    await jest.advanceTimersByTimeAsync(30 * MINUTE_MS);
    expect(told(context).slice(2)).toEqual([
      ['deactivated', 'active', 'off', null],
      ['cancelled', 'scheduled', 'off', null],
    ]);
    expect(context.logs.slice(2)).toEqual(['log: Maintenance deactivated.']);
  });

  it('is kept by an update of the present stage, and is updated once it has begun', async () => {
    const { maintenance } = await bootStaged();
    await maintenance.update({ reason: 'First, slower' });
    expect(maintenance.list().map(({ reason }) => reason)).toEqual(['First, slower', 'Second']);
    await jest.advanceTimersByTimeAsync(10 * MINUTE_MS);
    await maintenance.update({ endsAt: at(60) });
    expect(maintenance.list()).toMatchObject([{ reason: 'Second', startsAt: at(10), endsAt: at(60) }]);
  });

  it('continues the same maintenance: since when, and bypass cookies', async () => {
    const { app, maintenance } = await bootStaged();
    const state = partsOf(app).state;
    const before = state.activation(null);
    await jest.advanceTimersByTimeAsync(10 * MINUTE_MS);
    expect([state.activation(null), state.activeSince(null)]).toEqual([before, at(0)]);
    await maintenance.update({ reason: 'Still' });
    expect([state.activation(null), state.activeSince(null)]).toEqual([before, at(0)]);
  });

  it('is still planned when a run that was active meanwhile ends', async () => {
    const { maintenance } = await bootContext();
    await maintenance.run(() => maintenance.enable({ startsAt: at(10), reason: 'Next' }), { reason: 'Run' });
    expect(maintenance.status()).toMatchObject({ state: 'scheduled', reason: 'Next', startsAt: at(10) });
    await maintenance.disable();
    await maintenance.enable({ reason: 'Before' });
    await maintenance.run(() => maintenance.enable({ startsAt: at(10), reason: 'Next' }), { reason: 'Run' });
    expect(maintenance.list().map(({ reason }) => reason)).toEqual(['Before', 'Next']);
  });

  it('is restored when a run that has replaced it ends', async () => {
    const { maintenance } = await bootStaged();
    await maintenance.run(() => expect(maintenance.list()).toHaveLength(1));
    expect(maintenance.list().map(({ reason }) => reason)).toEqual(['First', 'Second']);
  });

  it('is known to an instance that boots between', async () => {
    const storage = new MemoryStorage();
    const one = await bootContext({ storage });
    await one.maintenance.enable({ reason: 'First' });
    await one.maintenance.enable({ startsAt: at(10), reason: 'Second' });
    const { maintenance, logs } = await bootContext({ storage, announce: { leadSeconds: 0 } });
    expect(maintenance.list().map(({ reason }) => reason)).toEqual(['First', 'Second']);
    expect(logs).toEqual([
      'log: Maintenance is active since 2026-11-21T01:00:00.000Z: full, for "First".',
      'log: Maintenance is scheduled: full, from 2026-11-21T01:10:00.000Z, for "Second".',
    ]);
    jest.setSystemTime(NOW + 10 * MINUTE_MS);
    expect(maintenance.status()).toMatchObject({ state: 'active', reason: 'Second' });
  });
});
