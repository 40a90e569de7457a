import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type EnableOptions,
  MaintenanceWindowError,
  MemoryStorage,
  type UpdateOptions,
} from '../../lib/index.js';
import { extendBy } from '../../lib/state/changes.js';
import { parseRecord } from '../../lib/state/record-format.js';
import { bootContext, closeContexts, partsOf } from '../support/state-context.js';

afterEach(closeContexts);

const HOUR_MS = 60 * 60 * 1000;
const hours = (count: number): Date => new Date(Date.now() + count * HOUR_MS);
const [IN_AN_HOUR, IN_TWO_HOURS] = [hours(1), hours(2)];

const ALL: EnableOptions = {
  reason: 'Migration',
  note: 'INC-7',
  mode: 'read-only',
  endsAt: IN_TWO_HOURS,
  by: 'ada',
  allow: { ipAddresses: ['10.0.0.0/8'] },
};

describe('update', () => {
  it.each<[what: string, changes: UpdateOptions, result: object]>([
    ['reason', { reason: 'Slower than planned' }, { reason: 'Slower than planned' }],
    ['reason to none', { reason: null }, { reason: null }],
    ['mode', { mode: 'full' }, { mode: 'full' }],
    ['mode to its default', { mode: null }, { mode: 'full' }],
    ['end', { endsAt: IN_AN_HOUR }, { endsAt: IN_AN_HOUR }],
    ['end to none', { endsAt: null }, { endsAt: null }],
    ['author', { by: 'grace' }, { by: 'grace' }],
    ['nothing', {}, {}],
  ])('changes the %s, and keeps the rest', async (_, changes, result) => {
    const { maintenance, events } = await bootContext();
    const before = await maintenance.enable(ALL);
    const after = await maintenance.update(changes);
    const { revision, updatedAt } = after;
    expect(after).toEqual({ ...before, ...result, revision, updatedAt });
    expect(revision).toBe(2);
    expect(events.map(({ type }) => type).filter((type) => type !== 'updated')).toEqual(['activated']);
  });

  it.each<[what: string, changes: UpdateOptions, entry: object]>([
    ['addresses', { allow: { ipAddresses: ['::1'] } }, { allow: ['::1'], note: 'INC-7' }],
    ['addresses to none', { allow: null }, { allow: [], note: 'INC-7' }],
    ['note', { note: 'INC-8' }, { allow: ['10.0.0.0/8'], note: 'INC-8' }],
  ])('changes the %s, and keeps the rest', async (_, changes, entry) => {
    const storage = new MemoryStorage();
    const { maintenance } = await bootContext({ storage });
    await maintenance.enable(ALL);
    await maintenance.update(changes);
    expect(parseRecord((await storage.read())?.text ?? '').application).toMatchObject(entry);
  });

  it('is applied to what is stored, so that changes of two who have not seen each other survive', async () => {
    const storage = new MemoryStorage();
    const [one, other] = [await bootContext({ storage }), await bootContext({ storage })];
    await one.maintenance.enable({ reason: 'Migration' });
    await Promise.all([
      one.maintenance.update({ endsAt: IN_AN_HOUR }),
      other.maintenance.update({ reason: 'Slow' }),
      one.maintenance.update({ mode: 'read-only' }),
    ]);
    expect(await other.maintenance.refresh()).toMatchObject({
      reason: 'Slow',
      endsAt: IN_AN_HOUR,
      mode: 'read-only',
      revision: 4,
    });
  });

  it('moves a window that has not begun, and begins it with a start of null', async () => {
    const { maintenance } = await bootContext();
    await maintenance.enable({ ...ALL, startsAt: IN_AN_HOUR });
    const moved = { state: 'scheduled', startsAt: hours(1.5), endsAt: IN_TWO_HOURS };
    expect(await maintenance.update({ startsAt: moved.startsAt })).toMatchObject(moved);
    expect(await maintenance.update({ startsAt: null })).toMatchObject({
      state: 'active',
      startsAt: null,
      endsAt: IN_TWO_HOURS,
      reason: 'Migration',
    });
  });

  it.each<[what: string, before: EnableOptions | null, changes: UpdateOptions, message: string]>([
    ['while nothing is on', null, { reason: 'Why' }, 'neither on nor scheduled'],
    [
      'of a scope that is not on',
      {},
      { scope: 'billing' },
      'Maintenance of "billing" is neither on nor scheduled',
    ],
    ['with a later start of what is active', {}, { startsAt: IN_AN_HOUR }, 'turn it on with that start'],
    ['with an end in the past', {}, { endsAt: hours(-1) }, 'must be in the future'],
    ['with an end before the start', { startsAt: IN_TWO_HOURS }, { endsAt: IN_AN_HOUR }, 'must be later'],
    ['with an announcement of what is active', {}, { announceFrom: IN_AN_HOUR }, 'announceFrom needs'],
  ])('is refused %s', async (_, before, changes, message) => {
    const { maintenance } = await bootContext();
    if (before !== null) await maintenance.enable(before);
    const status = maintenance.status();
    const error: unknown = await maintenance.update(changes).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(MaintenanceWindowError);
    expect(error).toMatchObject({ message: expect.stringContaining(message) });
    expect(maintenance.status()).toEqual(status);
  });

  it('does not end bypass cookies: it is the same maintenance', async () => {
    const storage = new MemoryStorage();
    const { maintenance } = await bootContext({ storage });
    const activation = async (): Promise<string | null> =>
      parseRecord((await storage.read())?.text ?? '').activation;
    await maintenance.enable({ startsAt: hours(-1) });
    const first = await activation();
    await maintenance.update({ reason: 'Slow', endsAt: IN_AN_HOUR });
    expect(await activation()).toBe(first);
    await maintenance.disable();
    await maintenance.enable();
    expect(await activation()).not.toBe(first);
  });
});

describe('extendBy', () => {
  it('counts for each of two who extend at once', async () => {
    const storage = new MemoryStorage();
    const contexts = [await bootContext({ storage }), await bootContext({ storage })];
    await contexts[0]?.maintenance.enable({ scope: 'billing', endsAt: IN_AN_HOUR, reason: 'Why' });
    await Promise.all(
      contexts.map(({ app }) =>
        partsOf(app).writer.update(extendBy(HOUR_MS, { scope: 'billing' }), { via: 'route' }),
      ),
    );
    await contexts[0]?.maintenance.refresh();
    expect(contexts[0]?.maintenance.status('billing')).toMatchObject({
      reason: 'Why',
      endsAt: new Date(IN_AN_HOUR.getTime() + 2 * HOUR_MS),
    });
  });

  it.each([
    ['what is off', false, 'neither on nor scheduled'],
    ['what has no end', true, 'has no end that could be moved'],
  ])('is refused for %s', async (_, isOn, message) => {
    const { app, maintenance } = await bootContext();
    if (isOn) await maintenance.enable();
    const change = partsOf(app).writer.update(extendBy(HOUR_MS), { via: 'route' });
    await expect(change).rejects.toMatchObject({
      code: 'MAINTENANCE_WINDOW',
      message: expect.stringContaining(message),
    });
  });
});

describe('A change of a revision that was seen', () => {
  it('is refused if another change was made since', async () => {
    const { app, maintenance } = await bootContext();
    const { revision } = await maintenance.enable({ endsAt: IN_AN_HOUR });
    const extend = (): Promise<unknown> =>
      partsOf(app).writer.update(extendBy(HOUR_MS), { via: 'route', ifRevision: revision });
    await extend();
    await expect(extend()).rejects.toMatchObject({ code: 'MAINTENANCE_CONFLICT' });
    expect(maintenance.status().revision).toBe(revision + 1);
  });
});

describe('A status that is given back', () => {
  it('sets again what it shows', async () => {
    const { maintenance } = await bootContext();
    await maintenance.enable({
      scope: 'billing',
      reason: 'Why',
      mode: 'read-only',
      endsAt: IN_AN_HOUR,
      by: 'ada',
    });
    const before = maintenance.status('billing');
    await maintenance.enable({ scope: 'billing', reason: 'Another' });
    const { revision, ...after } = await maintenance.enable(before);
    expect({ ...after, updatedAt: before.updatedAt, revision: before.revision }).toEqual(before);
    expect(revision).toBe(3);
  });

  it('is refused if it is off, since it would turn maintenance on', async () => {
    const { maintenance } = await bootContext();
    await expect(maintenance.enable(maintenance.status())).rejects.toMatchObject({
      code: 'MAINTENANCE_OPTIONS',
    });
    expect(maintenance.isActive()).toBe(false);
  });
});

describe('disable({ all })', () => {
  it('turns off the application and every scope in one change, windows that are scheduled too', async () => {
    const { maintenance, events } = await bootContext({ announce: { leadSeconds: 0 } });
    await maintenance.enable();
    await maintenance.enable({ scope: 'billing' });
    await maintenance.enable({ scope: 'search', startsAt: IN_AN_HOUR });
    events.length = 0;
    expect(await maintenance.disable({ all: true, by: 'ada' })).toMatchObject({ state: 'off', revision: 4 });
    expect(maintenance.list()).toHaveLength(1);
    expect(events.map(({ type, scope, after }) => [type, scope, after.by])).toEqual([
      ['deactivated', null, 'ada'],
      ['deactivated', 'billing', 'ada'],
      ['cancelled', 'search', 'ada'],
    ]);
    expect(await maintenance.disable({ all: true })).toMatchObject({ revision: 4 });
  });
});
