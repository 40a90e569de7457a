import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { MemoryStorage } from '../../lib/index.js';
import { useFakeClock } from '../support/fake-clock.js';
import { bootContext, closeContexts } from '../support/state-context.js';

const NOW = Date.UTC(2026, 10, 21, 1);
const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
const at = (hours: number): Date => new Date(NOW + hours * HOUR_MS);

beforeEach(() => useFakeClock(NOW));

afterEach(async () => {
  jest.useRealTimers();
  await closeContexts();
});

describe('A scheduled window is announced', () => {
  it.each<[when: string, options: object, announceFrom: Date | undefined, hour: number]>([
    ['two days before it begins', {}, undefined, 72 - 48],
    ['announce.leadSeconds before it begins', { announce: { leadSeconds: 3600 } }, undefined, 71],
    ['from announceFrom on', {}, at(10), 10],
    [
      'from announceFrom on, also if that is earlier than the lead',
      { announce: { leadSeconds: 60 } },
      at(1),
      1,
    ],
  ])('%s, and an event tells it', async (_, options, announceFrom, hour) => {
    const { maintenance, events } = await bootContext(options);
    await maintenance.enable({ startsAt: at(72), ...(announceFrom && { announceFrom }) });
    const edge = NOW + hour * HOUR_MS;
    // By the clock, before any timer has fired.
    jest.setSystemTime(edge - 1);
    expect(maintenance.status()).toMatchObject({ state: 'scheduled', announced: false });
    jest.setSystemTime(edge);
    expect(maintenance.status()).toMatchObject({ state: 'scheduled', announced: true });
    jest.setSystemTime(NOW);
    await jest.advanceTimersByTimeAsync(72 * HOUR_MS);
    expect(maintenance.status()).toMatchObject({ state: 'active', announced: false });
    expect(events.map(({ type, at: time }) => [type, time])).toEqual([
      ['scheduled', at(0)],
      ['announced', at(hour)],
      ['activated', at(72)],
    ]);
  });

  it('at once if it begins soon, after the event that it is scheduled and in one line of the log', async () => {
    const { maintenance, events, logs } = await bootContext();
    expect(await maintenance.enable({ startsAt: at(1) })).toMatchObject({ announced: true });
    expect(events.map(({ type }) => type)).toEqual(['scheduled', 'announced']);
    expect(logs).toEqual(['log: Maintenance scheduled: full, from 2026-11-21T02:00:00.000Z.']);
  });

  it('again by nothing but another announcement', async () => {
    const { maintenance, events } = await bootContext();
    await maintenance.enable({ startsAt: at(1) });
    await maintenance.update({ reason: 'Why' });
    await maintenance.update({ startsAt: new Date(NOW + 10 * DAY_MS) });
    expect(maintenance.status().announced).toBe(false);
    jest.setSystemTime(NOW + 1);
    await maintenance.update({ announceFrom: at(-1) });
    await maintenance.disable();
    expect(events.map(({ type }) => type)).toEqual([
      'scheduled',
      'announced',
      'updated',
      'updated',
      'updated',
      'announced',
      'cancelled',
    ]);
  });

  it('as the next stage of what is active', async () => {
    const { maintenance, events } = await bootContext();
    await maintenance.enable({ mode: 'read-only' });
    await maintenance.enable({ startsAt: at(72) });
    await jest.advanceTimersByTimeAsync(DAY_MS);
    expect(maintenance.list().map(({ announced }) => announced)).toEqual([false, true]);
    expect(events.map(({ type, at: time }) => [type, time])).toEqual([
      ['activated', at(0)],
      ['scheduled', at(0)],
      ['announced', at(24)],
    ]);
  });
});

describe('The origin of an event', () => {
  it('is local in the process that made the change, and when its window begins and ends', async () => {
    const storage = new MemoryStorage();
    const [here, there] = [await bootContext({ storage }), await bootContext({ storage })];
    await here.maintenance.enable({ startsAt: at(1), endsAt: at(2) });
    await there.maintenance.enable({ scope: 'billing' });
    await there.maintenance.disable({ scope: 'billing' });
    await here.maintenance.refresh();
    await jest.advanceTimersByTimeAsync(2 * HOUR_MS);
    const origins = ({ events }: typeof here): unknown[] =>
      events.map(({ type, scope, origin }) => `${type} ${scope ?? 'application'} ${origin}`);
    expect(origins(here)).toEqual([
      'scheduled application local',
      'announced application local',
      'activated billing remote',
      'deactivated billing remote',
      'activated application local',
      'deactivated application local',
    ]);
    expect(origins(there).map((line) => String(line))).toEqual(
      origins(here).map((line) => {
        const [type, scope, origin] = String(line).split(' ');
        return `${type} ${scope} ${origin === 'local' ? 'remote' : 'local'}`;
      }),
    );
  });
});
