import { afterEach, describe, expect, it } from '@jest/globals';
import { MaintenanceStorageError, MaintenanceWindowError, MemoryStorage } from '../../lib/index.js';
import { FaultyStorage, throws } from '../support/faulty.storage.js';
import { bootContext, closeContexts } from '../support/state-context.js';

afterEach(closeContexts);

const IN_AN_HOUR = new Date(Date.now() + 60 * 60 * 1000);

describe('run', () => {
  it.each([
    ['a promise', async () => 42],
    ['a value', () => 42],
  ])('has maintenance on while work lasts, and returns what work gives: %s', async (_, result) => {
    const { maintenance, events } = await bootContext();
    const during: unknown[] = [];
    const given = await maintenance.run(
      () => {
        during.push(maintenance.isActive(), maintenance.status().reason);
        return result();
      },
      { reason: 'Migration' },
    );
    expect(given).toBe(42);
    expect(during).toEqual([true, 'Migration']);
    expect(maintenance.isActive()).toBe(false);
    expect(events.map(({ type }) => type)).toEqual(['activated', 'deactivated']);
  });

  it.each([
    [
      'throws',
      () => {
        throw new RangeError('work failed');
      },
    ],
    ['rejects', () => Promise.reject(new RangeError('work failed'))],
  ])('restores also when work %s, and rejects with that', async (_, work) => {
    const { maintenance, logs } = await bootContext();
    await expect(maintenance.run(work)).rejects.toEqual(new RangeError('work failed'));
    expect(maintenance.isActive()).toBe(false);
    expect(logs.filter((line) => line.startsWith('warn'))).toEqual([]);
  });

  it.each([
    ['a schedule', { startsAt: IN_AN_HOUR, reason: 'Tonight', by: 'ada' }],
    ['what was on', { mode: 'read-only', reason: 'Before', by: 'ada', endsAt: IN_AN_HOUR }],
  ] as const)('restores %s, with all that it had', async (_, options) => {
    const { maintenance } = await bootContext();
    const { revision: before, ...expected } = await maintenance.enable(options);
    await maintenance.run(
      () => expect(maintenance.status()).toMatchObject({ state: 'active', reason: 'During', by: null }),
      {
        reason: 'During',
      },
    );
    const { revision: after, ...restored } = await maintenance.refresh();
    expect(restored).toEqual(expected);
    expect(after).toBe(before + 2);
  });

  it('nests: each restores what it has replaced', async () => {
    const { maintenance } = await bootContext();
    const reason = (): string | null => maintenance.status().reason;
    const reasons: unknown[] = [];
    await maintenance.enable({ reason: 'Before' });
    await maintenance.run(
      async () => {
        reasons.push(reason());
        await maintenance.run(() => void reasons.push(reason()), { reason: 'Inner' });
        reasons.push(reason());
        await maintenance.run(throws, { reason: 'Inner that fails' }).catch(() => undefined);
        reasons.push(reason());
      },
      { reason: 'Outer' },
    );
    reasons.push(reason());
    expect(reasons).toEqual(['Outer', 'Inner', 'Outer', 'Outer', 'Before']);
  });

  it('touches only its scope', async () => {
    const { maintenance } = await bootContext();
    await maintenance.enable({ scope: 'search' });
    await maintenance.run(
      () => expect([maintenance.isActive(), maintenance.isActive('billing')]).toEqual([false, true]),
      { scope: 'billing' },
    );
    expect([maintenance.isActive('billing'), maintenance.isActive('search')]).toEqual([false, true]);
  });

  it.each([
    ['another reason', 'enable', { reason: 'Theirs' }, { state: 'active', reason: 'Theirs' }],
    ['another end', 'update', { endsAt: IN_AN_HOUR }, { state: 'active', endsAt: IN_AN_HOUR }],
    ['off', 'disable', { by: 'grace' }, { state: 'off', by: 'grace' }],
  ] as const)(
    'leaves what somebody else has set meanwhile, and warns: %s',
    async (_, method, options, theirs) => {
      const storage = new MemoryStorage();
      const other = await bootContext({ storage });
      const { maintenance, logs } = await bootContext({ storage });
      await maintenance.enable({ reason: 'Before' });
      await maintenance.run(() => other.maintenance[method](options), { reason: 'During' });
      expect(await maintenance.refresh()).toMatchObject(theirs);
      expect(logs.filter((line) => line.startsWith('warn'))).toEqual([
        'warn: Maintenance was changed during run(). That change stays.',
      ]);
    },
  );

  it('knows a change by another person also when it looks like its own', async () => {
    const storage = new MemoryStorage();
    const other = await bootContext({ storage });
    const { maintenance } = await bootContext({ storage });
    await maintenance.run(() => other.maintenance.enable({ reason: 'Same' }), { reason: 'Same' });
    expect(await maintenance.refresh()).toMatchObject({ state: 'active', reason: 'Same' });
  });

  it('does not mind what others do to another scope meanwhile', async () => {
    const storage = new MemoryStorage();
    const other = await bootContext({ storage });
    const { maintenance, logs } = await bootContext({ storage });
    await maintenance.run(() => other.maintenance.enable({ scope: 'billing' }));
    expect([maintenance.isActive(), maintenance.isActive('billing')]).toEqual([false, true]);
    expect(logs.filter((line) => line.startsWith('warn'))).toEqual([]);
  });

  it.each([
    ['the window cannot be', { endsAt: new Date(0) }, MaintenanceWindowError],
    ['the storage does not take it', {}, MaintenanceStorageError],
  ])('does not begin work where %s', async (_, options, type) => {
    const storage = new FaultyStorage();
    const { maintenance } = await bootContext({ storage });
    storage.faultyWrite = throws;
    let worked = false;
    await expect(maintenance.run(() => (worked = true), options)).rejects.toBeInstanceOf(type);
    expect(worked).toBe(false);
  });

  it('rejects if it cannot restore, with the failure of work, too, if there is one', async () => {
    const storage = new FaultyStorage();
    const { maintenance } = await bootContext({ storage, sync: { timeoutMs: 20 } });
    const breakStorage = (): void => void (storage.faultyWrite = throws);
    await expect(maintenance.run(breakStorage)).rejects.toBeInstanceOf(MaintenanceStorageError);

    storage.faultyWrite = null;
    const failure = new Error('work failed');
    const error: unknown = await maintenance
      .run(() => {
        breakStorage();
        throw failure;
      })
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(AggregateError);
    expect(error).toMatchObject({ cause: failure, errors: [failure, expect.any(MaintenanceStorageError)] });
  });
});
