import { afterEach, describe, expect, it } from '@jest/globals';
import { MaintenanceForcedError } from '../../lib/index.js';
import { FaultyStorage, hangs } from '../support/faulty.storage.js';
import { bootContext, closeContexts } from '../support/state-context.js';

afterEach(closeContexts);

const IN_AN_HOUR = new Date(Date.now() + 60 * 60 * 1000);
const IN_TWO_HOURS = new Date(Date.now() + 2 * 60 * 60 * 1000);

describe('MaintenanceService', () => {
  it('is off if nothing was ever stored', async () => {
    const { maintenance } = await bootContext();
    expect(maintenance.isActive()).toBe(false);
    expect(maintenance.status()).toEqual({
      state: 'off',
      mode: 'full',
      scope: null,
      reason: null,
      reasons: null,
      startsAt: null,
      endsAt: null,
      by: null,
      announced: false,
      updatedAt: null,
      revision: 0,
      stale: false,
    });
  });

  it('turns on and off, says all that it was told, and counts the changes', async () => {
    const { maintenance } = await bootContext();
    const before = Date.now();
    const on = await maintenance.enable({ reason: 'Why', by: 'ada', mode: 'read-only', endsAt: IN_AN_HOUR });
    const expected = {
      state: 'active',
      mode: 'read-only',
      scope: null,
      reason: 'Why',
      by: 'ada',
      stale: false,
    };
    expect(on).toMatchObject({ ...expected, startsAt: null, endsAt: IN_AN_HOUR, revision: 1 });
    expect(on.updatedAt?.getTime()).toBeGreaterThanOrEqual(before);
    expect(maintenance.status()).toEqual(on);
    expect(maintenance.isActive()).toBe(true);

    const off = await maintenance.disable({ by: 'grace' });
    expect(off).toMatchObject({
      state: 'off',
      mode: 'full',
      reason: null,
      endsAt: null,
      by: 'grace',
      revision: 2,
    });
    expect(maintenance.isActive()).toBe(false);
  });

  it('does not change the revision while nothing changes', async () => {
    const { maintenance } = await bootContext();
    for (let read = 0; read < 5; read += 1)
      expect(await maintenance.refresh()).toMatchObject({ revision: 0 });
    await maintenance.enable();
    for (let read = 0; read < 5; read += 1)
      expect(await maintenance.refresh()).toMatchObject({ revision: 1 });
  });

  it('replaces the whole previous setting', async () => {
    const { maintenance } = await bootContext();
    await maintenance.enable({ reason: 'First', by: 'ada', mode: 'read-only', startsAt: IN_AN_HOUR });
    expect(await maintenance.enable()).toMatchObject({
      state: 'active',
      mode: 'full',
      reason: null,
      startsAt: null,
      by: null,
    });
  });

  it('is scheduled until the start, and disable cancels that', async () => {
    const { maintenance } = await bootContext();
    const scheduled = await maintenance.enable({ startsAt: IN_AN_HOUR, endsAt: IN_TWO_HOURS });
    expect(scheduled).toMatchObject({ state: 'scheduled', startsAt: IN_AN_HOUR, endsAt: IN_TWO_HOURS });
    expect(maintenance.isActive()).toBe(false);
    expect(await maintenance.disable()).toMatchObject({ state: 'off', startsAt: null, endsAt: null });
  });

  it('takes dates as text with an offset, too', async () => {
    const { maintenance } = await bootContext();
    const status = await maintenance.enable({
      startsAt: '2020-01-01T01:00+01:00',
      endsAt: '2999-01-01T00:00:00Z',
    });
    expect(status).toMatchObject({
      state: 'active',
      startsAt: new Date('2020-01-01'),
      endsAt: new Date('2999-01-01'),
    });
  });

  it('writes nothing when it is off already', async () => {
    const storage = new FaultyStorage();
    const { maintenance, events } = await bootContext({ storage });
    expect(await maintenance.disable()).toMatchObject({ state: 'off', revision: 0 });
    expect(storage.writes).toBe(0);
    expect(events).toEqual([]);
  });

  it('keeps scopes apart; the application counts for each of them', async () => {
    const { maintenance } = await bootContext();
    await maintenance.enable({ scope: 'billing', reason: 'Billing' });
    expect([maintenance.isActive(), maintenance.isActive('billing'), maintenance.isActive('search')]).toEqual(
      [false, true, false],
    );
    expect(maintenance.status('billing')).toMatchObject({
      state: 'active',
      scope: 'billing',
      reason: 'Billing',
    });
    expect(maintenance.status()).toMatchObject({ state: 'off', scope: null });

    await maintenance.enable({ reason: 'All' });
    expect([maintenance.isActive(), maintenance.isActive('billing'), maintenance.isActive('search')]).toEqual(
      [true, true, true],
    );
    expect(maintenance.status('billing')).toMatchObject({ state: 'active', scope: null, reason: 'All' });

    await maintenance.disable();
    expect(maintenance.status('billing')).toMatchObject({
      state: 'active',
      scope: 'billing',
      reason: 'Billing',
    });
    expect(maintenance.status('search')).toMatchObject({ state: 'off', scope: 'search' });
    expect(await maintenance.disable({ scope: 'billing' })).toMatchObject({ state: 'off', scope: 'billing' });
  });

  it.each(['constructor', 'toString', 'hasOwnProperty', 'prototype', '0', 'a b', 'é', '支払い'])(
    'takes %j as the name of a scope, which is on only once it was turned on',
    async (scope) => {
      const { maintenance } = await bootContext();
      expect(maintenance.isActive(scope)).toBe(false);
      expect(await maintenance.enable({ scope })).toMatchObject({ state: 'active', scope });
      expect(maintenance.isActive(scope)).toBe(true);
    },
  );

  it('asks the storage no more often, however often it is asked itself', async () => {
    const storage = new FaultyStorage();
    const { maintenance } = await bootContext({ storage });
    await maintenance.enable({ scope: 'billing' });
    const { reads, writes } = storage;
    for (let question = 0; question < 10_000; question += 1) {
      maintenance.isActive();
      maintenance.isActive('billing');
      maintenance.status('billing');
    }
    await new Promise(setImmediate);
    expect(storage).toMatchObject({ reads, writes });
  });

  it.each([
    [true, true, 'active'],
    [false, false, 'off'],
  ])('with enabled: %p neither reads nor changes the stored state', async (enabled, isActive, state) => {
    const storage = new FaultyStorage();
    storage.faultyRead = hangs;
    const { maintenance } = await bootContext({ storage, enabled });
    expect(maintenance.isActive()).toBe(isActive);
    expect(maintenance.isActive('billing')).toBe(isActive);
    expect(await maintenance.refresh()).toMatchObject({ state, stale: false });
    let worked = false;
    for (const change of [
      () => maintenance.enable(),
      () => maintenance.disable(),
      () => maintenance.run(() => (worked = true)),
    ]) {
      await expect(change()).rejects.toThrow(MaintenanceForcedError);
    }
    expect(worked).toBe(false);
    expect(storage).toMatchObject({ reads: 0, writes: 0 });
  });
});
