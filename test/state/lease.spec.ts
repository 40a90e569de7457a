import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { MemoryStorage } from '../../lib/index.js';
import { useFakeClock } from '../support/fake-clock.js';
import { FaultyStorage, throws } from '../support/faulty.storage.js';
import { bootContext, closeContexts, type StateContext } from '../support/state-context.js';

const NOW = Date.UTC(2026, 10, 21, 1);
const MINUTE_MS = 60 * 1000;
const at = (minutes: number): Date => new Date(NOW + minutes * MINUTE_MS);

beforeEach(() => useFakeClock(NOW));

afterEach(async () => {
  jest.useRealTimers();
  await closeContexts();
});

const nothing = (): void => undefined;

/** A run of 20 minutes that has begun, and does not end before it is told to. */
async function begin(
  { maintenance }: StateContext,
  options: object = {},
): Promise<{ readonly end: () => Promise<void> }> {
  let finish = nothing;
  let running: Promise<void> = Promise.resolve();
  await new Promise<void>((begun) => {
    running = maintenance.run(
      () => {
        begun();
        return new Promise<void>((resolve) => (finish = resolve));
      },
      { endsAt: at(20), ...options },
    );
  });
  return { end: () => (finish(), running) };
}

/** Time passes, in steps that leave room for what is not a timer. */
async function pass(minutes: number): Promise<void> {
  for (let step = 0; step < minutes * 6; step += 1) await jest.advanceTimersByTimeAsync(10_000);
}

const warnings = ({ logs }: StateContext): string[] => logs.filter((line) => line.startsWith('warn'));

describe('A run with an end', () => {
  it('moves it on by the same span before it is reached, with a warning each time, and ends with the work', async () => {
    const context = await bootContext();
    const run = await begin(context);
    await pass(9);
    expect(context.maintenance.status()).toMatchObject({ state: 'active', endsAt: at(20) });
    for (const end of [40, 60]) {
      await pass(end === 40 ? 2 : 20);
      expect(context.maintenance.status()).toMatchObject({ state: 'active', endsAt: at(end) });
    }
    await run.end();
    expect(context.maintenance.status()).toMatchObject({ state: 'off' });
    expect(warnings(context)).toEqual([
      'warn: Maintenance now ends at 2026-11-21T02:00:00.000Z: the work of run() takes longer than planned.',
    ]);
    expect((await context.maintenance.history()).map(({ action }) => action)).toEqual(['restored', 'on']);
    await pass(60);
    expect(context.maintenance.status()).toMatchObject({ state: 'off' });
  });

  it('does nothing of it if the work ends in time', async () => {
    const context = await bootContext();
    const run = await begin(context);
    await pass(9);
    await run.end();
    await pass(60);
    expect(warnings(context)).toEqual([]);
    expect(context.maintenance.status()).toMatchObject({ state: 'off', revision: 2 });
  });

  it('restores the previous state, of a scope too, after it was moved on', async () => {
    const context = await bootContext();
    await context.maintenance.enable({ scope: 'billing', reason: 'Before' });
    const run = await begin(context, { scope: 'billing', reason: 'During' });
    await pass(25);
    expect(context.maintenance.status('billing')).toMatchObject({ reason: 'During', endsAt: at(40) });
    await run.end();
    expect(context.maintenance.status('billing')).toMatchObject({ reason: 'Before', endsAt: null });
  });

  it('counts when the process dies: nothing moves it on any more', async () => {
    const storage = new MemoryStorage();
    const dying = await bootContext({ storage });
    const { maintenance } = await bootContext({ storage });
    await begin(dying);
    await maintenance.refresh();
    storage.write = () => Promise.reject(new Error('its process is dead'));
    await pass(19);
    expect(maintenance.isActive()).toBe(true);
    await pass(2);
    expect(maintenance.isActive()).toBe(false);
  });

  it('continues after an update by another person, which stays', async () => {
    const context = await bootContext();
    const run = await begin(context);
    await context.maintenance.update({ endsAt: at(30), by: 'ada', reason: 'Slow' });
    await pass(45);
    expect(context.maintenance.status()).toMatchObject({ state: 'active', by: 'ada', reason: 'Slow' });
    await run.end();
    expect(context.maintenance.status()).toMatchObject({ state: 'active', by: 'ada' });
    expect(warnings(context).at(-1)).toBe('warn: Maintenance was changed during run(). That change stays.');
  });

  it.each<[what: string, change: (context: StateContext) => Promise<unknown>, after: object]>([
    [
      'replaced',
      ({ maintenance }) => maintenance.enable({ by: 'ada' }),
      { state: 'active', endsAt: null, by: 'ada' },
    ],
    ['turned off', ({ maintenance }) => maintenance.disable(), { state: 'off' }],
  ])('moves nothing on if it was %s by somebody else', async (_, change, after) => {
    const context = await bootContext();
    const run = await begin(context);
    await pass(5);
    await change(context);
    const { revision } = context.maintenance.status();
    await pass(45);
    expect(context.maintenance.status()).toMatchObject({ ...after, revision });
    await run.end();
    expect(context.maintenance.status()).toMatchObject({ ...after, revision });
    expect(warnings(context)).toEqual([
      'warn: Maintenance was changed during run(): its end is not moved on any more.',
      'warn: Maintenance was changed during run(). That change stays.',
    ]);
  });

  it.each([
    ['with an end', at(20)],
    ['without an end', null],
  ])('moves on the end of a next stage that is planned meanwhile, in a run %s', async (_, endsAt) => {
    const context = await bootContext();
    const run = await begin(context, { endsAt });
    await context.maintenance.enable({ startsAt: at(2), endsAt: at(5), reason: 'Next' });
    for (let minute = 0; minute < 30; minute += 1) {
      await pass(1);
      expect(context.maintenance.isActive()).toBe(true);
    }
    expect(context.maintenance.status()).toMatchObject({ reason: 'Next' });
    await run.end();
    expect(context.maintenance.status()).toMatchObject({ reason: 'Next' });
  });

  it('is refused for a later start', async () => {
    const { maintenance } = await bootContext();
    await expect(maintenance.run(() => undefined, { startsAt: at(10) })).rejects.toMatchObject({
      code: 'MAINTENANCE_WINDOW',
      message: expect.stringContaining('use enable'),
    });
    expect(maintenance.status()).toMatchObject({ state: 'off' });
  });

  it('bridges an outage of the storage of half its span', async () => {
    const storage = new FaultyStorage();
    const context = await bootContext({ storage });
    const run = await begin(context);
    await pass(9.9);
    storage.faultyWrite = throws;
    await pass(9.9);
    storage.faultyWrite = null;
    await pass(0.2);
    expect(context.maintenance.isActive()).toBe(true);
    await run.end();
  });

  it('is tried again while the storage fails, which never ends the work', async () => {
    const storage = new FaultyStorage();
    const context = await bootContext({ storage });
    const run = await begin(context);
    storage.faultyWrite = throws;
    await pass(20);
    storage.faultyWrite = null;
    await pass(1);
    const { state, endsAt } = context.maintenance.status();
    expect(state).toBe('active');
    expect(endsAt?.getTime()).toBeGreaterThanOrEqual(at(40).getTime());
    await run.end();
    expect(context.maintenance.status()).toMatchObject({ state: 'off' });
    expect(warnings(context)).toEqual([
      expect.stringMatching(
        /^warn: Maintenance has an end that could not be moved on: .*It is tried again\.$/,
      ),
      expect.stringContaining('takes longer than planned'),
    ]);
  });

  it('is moved on once by a write of which only the answer was lost', async () => {
    const storage = new FaultyStorage();
    const context = await bootContext({ storage });
    const run = await begin(context);
    storage.faultyWrite = async (write, ...args) => {
      await write(...args);
      storage.faultyRead = throws;
      throw new Error('the answer was lost');
    };
    await pass(19.5);
    storage.faultyWrite = null;
    storage.faultyRead = null;
    await pass(2);
    await context.maintenance.refresh();
    expect(context.maintenance.status()).toMatchObject({ state: 'active', endsAt: at(40) });
    await run.end();
    expect(context.maintenance.status()).toMatchObject({ state: 'off' });
  });

  it('ends at the longest time that the limits allow', async () => {
    const context = await bootContext({ limits: { maxDurationSeconds: 30 * 60 } });
    const run = await begin(context);
    await pass(19.5);
    expect(context.maintenance.isActive()).toBe(true);
    await pass(1);
    expect(context.maintenance.isActive()).toBe(false);
    expect(warnings(context)).toEqual([
      expect.stringMatching(/limits\.maxDurationSeconds.*It ends while the work of run\(\) goes on\.$/),
    ]);
    await run.end();
  });

  it('has that of limits.defaultDurationSeconds', async () => {
    const context = await bootContext({ limits: { defaultDurationSeconds: 600 } });
    const run = await begin(context, { endsAt: null });
    await pass(14);
    expect(context.maintenance.status()).toMatchObject({ state: 'active', endsAt: at(20) });
    await run.end();
  });
});

describe('A run that cannot restore', () => {
  it.each([
    ['has succeeded', (): void => undefined],
    [
      'has failed',
      (): never => {
        throw new RangeError('no disk');
      },
    ],
  ])('says that its work %s, and that maintenance is still on', async (outcome, work) => {
    jest.useRealTimers();
    const storage = new FaultyStorage();
    const { maintenance, logs } = await bootContext({ storage, sync: { timeoutMs: 20 } });
    const running = maintenance.run(
      () => {
        storage.faultyWrite = throws;
        return work();
      },
      { scope: 'billing', by: 'ci' },
    );
    await expect(running).rejects.toBeInstanceOf(Error);
    expect(logs.filter((line) => line.startsWith('error'))).toEqual([
      `error: The work of run() ${outcome}, but the maintenance state from before it could not be restored: ` +
        'maintenance of "billing" is still on (active, full, by "ci"). Turn it off by hand.',
    ]);
  });
});
