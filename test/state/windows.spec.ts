import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { MemoryStorage } from '../../lib/index.js';
import { bootContext, closeContexts } from '../support/state-context.js';

const NOW = Date.UTC(2026, 10, 21, 9);
const MINUTE_MS = 60 * 1000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

beforeEach(() => {
  // Only the clock and what fires by it: promises and the event loop stay real.
  jest.useFakeTimers({
    now: NOW,
    doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'clearImmediate'],
  });
});

afterEach(async () => {
  jest.useRealTimers();
  jest.restoreAllMocks();
  await closeContexts();
});

const at = (ms: number): Date => new Date(NOW + ms);

describe('A window', () => {
  it('starts and ends by itself, and tells it at the edges', async () => {
    const { maintenance, events } = await bootContext({ announce: { leadSeconds: 0 } });
    await maintenance.enable({ startsAt: at(MINUTE_MS), endsAt: at(2 * MINUTE_MS), reason: 'Why' });
    await jest.advanceTimersByTimeAsync(MINUTE_MS - 1);
    expect(maintenance.status()).toMatchObject({ state: 'scheduled' });
    await jest.advanceTimersByTimeAsync(1);
    expect(maintenance.status()).toMatchObject({ state: 'active', reason: 'Why' });
    await jest.advanceTimersByTimeAsync(MINUTE_MS - 1);
    expect(maintenance.isActive()).toBe(true);
    await jest.advanceTimersByTimeAsync(1);
    expect(maintenance.status()).toMatchObject({ state: 'off', reason: null, startsAt: null, endsAt: null });
    expect(
      events.map(({ type, at: time, before, after }) => [type, time, before.state, after.state]),
    ).toEqual([
      ['scheduled', at(0), 'off', 'scheduled'],
      ['activated', at(MINUTE_MS), 'scheduled', 'active'],
      ['deactivated', at(2 * MINUTE_MS), 'active', 'off'],
    ]);
  });

  it('starts and ends by the clock alone, before any timer has fired', async () => {
    const { maintenance, events } = await bootContext({ announce: { leadSeconds: 0 } });
    await maintenance.enable({ startsAt: at(MINUTE_MS), endsAt: at(2 * MINUTE_MS) });
    const answers = [MINUTE_MS - 1, MINUTE_MS, 2 * MINUTE_MS - 1, 2 * MINUTE_MS].map((ms) => {
      jest.setSystemTime(NOW + ms);
      return maintenance.isActive();
    });
    expect(answers).toEqual([false, true, true, false]);
    expect(events.map(({ type }) => type)).toEqual(['scheduled']);
  });

  it('of a scope has edges of its own', async () => {
    const { maintenance, events } = await bootContext({ announce: { leadSeconds: 0 } });
    await maintenance.enable({ scope: 'billing', startsAt: at(MINUTE_MS) });
    await maintenance.enable({ scope: 'search', endsAt: at(2 * MINUTE_MS) });
    await jest.advanceTimersByTimeAsync(2 * MINUTE_MS);
    expect(events.map(({ type, scope, at: time }) => [type, scope, time])).toEqual([
      ['scheduled', 'billing', at(0)],
      ['activated', 'search', at(0)],
      ['activated', 'billing', at(MINUTE_MS)],
      ['deactivated', 'search', at(2 * MINUTE_MS)],
    ]);
  });

  it('that is cancelled never starts', async () => {
    const { maintenance, events } = await bootContext({ announce: { leadSeconds: 0 } });
    await maintenance.enable({ startsAt: at(MINUTE_MS) });
    await maintenance.disable();
    await jest.advanceTimersByTimeAsync(2 * MINUTE_MS);
    expect(events.map(({ type }) => type)).toEqual(['scheduled', 'cancelled']);
  });

  it('that begins 40 days ahead does not begin early, and no timer is longer than a timer can be', async () => {
    const timers = jest.spyOn(globalThis, 'setTimeout');
    const { maintenance, events } = await bootContext({ sync: { pollIntervalMs: LONGEST_TIMER_MS } });
    await maintenance.enable({ startsAt: at(40 * DAY_MS), endsAt: at(80 * DAY_MS) });
    await jest.advanceTimersByTimeAsync(40 * DAY_MS - 1);
    expect(maintenance.status()).toMatchObject({ state: 'scheduled' });
    expect(events.map(({ type, at: time }) => [type, time])).toEqual([
      ['scheduled', at(0)],
      ['announced', at(38 * DAY_MS)],
    ]);
    await jest.advanceTimersByTimeAsync(1);
    await jest.advanceTimersByTimeAsync(40 * DAY_MS);
    expect(events.map(({ type, at: time }) => [type, time]).slice(2)).toEqual([
      ['activated', at(40 * DAY_MS)],
      ['deactivated', at(80 * DAY_MS)],
    ]);
    const delays = timers.mock.calls.map(([, delay]) => delay ?? 0);
    expect(Math.max(...delays)).toBeLessThanOrEqual(LONGEST_TIMER_MS);
  });

  it('with an end in the past reads as off, also if it was stored like that', async () => {
    const storage = new MemoryStorage();
    await storage.write(
      `{"start": "${at(-2 * DAY_MS).toISOString()}", "end": "${at(-DAY_MS).toISOString()}"}`,
    );
    const { maintenance, events } = await bootContext({ storage });
    expect(maintenance.status()).toMatchObject({ state: 'off', startsAt: null, endsAt: null });
    await jest.advanceTimersByTimeAsync(DAY_MS);
    expect(events).toEqual([]);
  });

  it("of django's is followed like one of ours", async () => {
    const storage = new MemoryStorage();
    await storage.write(
      `{"start": "${at(MINUTE_MS).toISOString()}", "end": "${at(2 * MINUTE_MS).toISOString()}"}`,
    );
    const { maintenance, events } = await bootContext({ storage });
    expect(maintenance.status()).toMatchObject({
      state: 'scheduled',
      startsAt: at(MINUTE_MS),
      endsAt: at(2 * MINUTE_MS),
    });
    await jest.advanceTimersByTimeAsync(2 * MINUTE_MS);
    expect(events.map(({ type }) => type)).toEqual(['activated', 'deactivated']);
  });
});
