import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { FileStorage, type MaintenanceChange, MemoryStorage } from '../../lib/index.js';
import { turnOn } from '../../lib/state/changes.js';
import { makeDirectory, removeDirectories } from '../support/temporary-directory.js';
import { bootContext, closeContexts, partsOf } from '../support/state-context.js';

afterEach(async () => {
  await closeContexts();
  await removeDirectories();
});

const IN_AN_HOUR = new Date(Date.now() + 60 * 60 * 1000);

/** The parts that tell what was done. */
const shown = (changes: readonly MaintenanceChange[]): unknown[] =>
  changes.map(({ action, scope, by, via, reason, note }) => [action, scope, by, via, reason, note]);

describe('history', () => {
  it('of a command has at most as many changes as can be read again', async () => {
    const path = join(await makeDirectory(), 'state.json');
    const storage = new FileStorage({ path });
    const { maintenance } = await bootContext({ storage, history: { keep: 100 } });
    for (let count = 0; count < 100; count += 1) await maintenance.enable({ reason: `reason ${count}` });
    await writeFile(
      path,
      (await readFile(path, 'utf8')).replace('"reason": "reason 99"', '"reason": "by hand"'),
    );
    const { app } = await bootContext({ storage: new FileStorage({ path }) });
    await partsOf(app).writer.update(turnOn({ reason: 'of the command' }), { via: 'cli' });
    const again = await bootContext({ storage: new FileStorage({ path }) });
    expect(again.maintenance.status()).toMatchObject({ reason: 'of the command', stale: false });
  });

  it('tells who did what, when, why and by which way, the newest first', async () => {
    const storage = new MemoryStorage();
    const { app, maintenance } = await bootContext({ storage });
    const before = Date.now();
    await maintenance.enable({
      reason: 'Migration',
      note: 'INC-7',
      by: 'ada',
      endsAt: IN_AN_HOUR,
      mode: 'read-only',
    });
    await maintenance.update({ reason: 'Slow', by: 'grace' });
    await partsOf(app).writer.update(turnOn({ scope: 'billing', by: 'bob' }), { via: 'route' });
    await maintenance.run(() => undefined, { scope: 'search', by: 'ci' });
    await maintenance.disable({ by: 'ada', note: 'all well' });
    const changes = await (await bootContext({ storage })).maintenance.history();
    expect(shown(changes)).toEqual([
      ['off', null, 'ada', 'service', null, 'all well'],
      ['restored', 'search', 'ci', 'service', null, null],
      ['on', 'search', 'ci', 'service', null, null],
      ['on', 'billing', 'bob', 'route', null, null],
      ['updated', null, 'grace', 'service', 'Slow', null],
      ['on', null, 'ada', 'service', 'Migration', 'INC-7'],
    ]);
    expect(changes.map(({ revision }) => revision)).toEqual([6, 5, 4, 3, 2, 1]);
    expect(changes.at(-1)).toMatchObject({ mode: 'read-only', startsAt: null, endsAt: IN_AN_HOUR });
    for (const { at } of changes) {
      expect(at.getTime()).toBeGreaterThanOrEqual(before);
      expect(at.getTime()).toBeLessThanOrEqual(Date.now());
    }
    expect(shown(await maintenance.history({ limit: 1 }))).toEqual(shown(changes.slice(0, 1)));
  });

  it('has a planned stage, and every scope that is turned off at once', async () => {
    const { maintenance } = await bootContext();
    await maintenance.enable({ reason: 'First' });
    await maintenance.enable({ startsAt: IN_AN_HOUR, reason: 'Second' });
    await maintenance.enable({ scope: 'billing' });
    await maintenance.disable({ all: true, by: 'ada' });
    const changes = await maintenance.history();
    expect(shown(changes).map((change) => (change as unknown[]).slice(0, 2))).toEqual([
      ['off', 'billing'],
      ['off', null],
      ['on', 'billing'],
      ['on', null],
      ['on', null],
    ]);
    expect(changes[3]).toMatchObject({ reason: 'Second', startsAt: IN_AN_HOUR });
  });

  it.each([
    [0, 0],
    [1, 1],
    [20, 20],
    [100, 40],
  ])('keeps the last %i changes', async (keep, kept) => {
    const { maintenance } = await bootContext({ history: { keep } });
    for (let index = 0; index < 40; index += 1) await maintenance.enable({ reason: `${index}` });
    const reasons = (await maintenance.history()).map(({ reason }) => reason);
    expect(reasons).toEqual(Array.from({ length: kept }, (_, index) => `${39 - index}`));
  });

  it('is not shortened by a command, which does not know what the application keeps', async () => {
    const { app, maintenance } = await bootContext({ history: { keep: 2 } });
    for (const reason of ['1', '2', '3']) {
      await partsOf(app).writer.update(turnOn({ reason }), { via: 'service' });
    }
    const storage = new MemoryStorage();
    const long = await bootContext({ storage, history: { keep: 30 } });
    for (let index = 0; index < 30; index += 1) await long.maintenance.enable({ reason: `${index}` });
    const command = await bootContext({ storage });
    await partsOf(command.app).writer.update(turnOn({ reason: 'cli' }), { via: 'cli' });
    expect((await command.maintenance.history()).map(({ reason }) => reason)).toHaveLength(30);
    expect(await maintenance.history()).toHaveLength(2);
  });

  it('gives way to the state if its texts are long', async () => {
    const { maintenance } = await bootContext({ history: { keep: 100 } });
    for (let index = 0; index < 100; index += 1) {
      await maintenance.enable({ reason: 'x'.repeat(2000), note: `${index}`.padEnd(2000) });
    }
    const changes = await maintenance.history();
    expect(changes.length).toBeGreaterThan(10);
    expect(changes.length).toBeLessThan(20);
    expect(changes[0]?.note?.trim()).toBe('99');
  });

  it('says who turned a scope off that has left the record', async () => {
    const storage = new MemoryStorage();
    const { maintenance } = await bootContext({ storage });
    await maintenance.enable({ scope: 'billing', by: 'ada' });
    await maintenance.disable({ scope: 'billing', by: 'grace' });
    expect((await storage.read())?.text).not.toContain('"scopes"');
    expect(maintenance.status('billing')).toMatchObject({
      state: 'off',
      by: 'grace',
      updatedAt: expect.any(Date),
    });
    expect(maintenance.status('search')).toMatchObject({ state: 'off', by: null, updatedAt: null });
  });

  it.each([
    ['1', 'on'],
    ['0', 'off'],
    ['{"version":1,"revision":9,"application":{"state":"on","by":"root"}}', 'on'],
  ])('has what a person writes into the file, and goes on after it: %s', async (text, action) => {
    const path = join(await makeDirectory(), 'state.json');
    const { maintenance } = await bootContext({ storage: new FileStorage({ path }) });
    await maintenance.enable({ by: 'ada' });
    if (action === 'on') await maintenance.disable();
    await writeFile(path, text);
    await maintenance.refresh();
    expect(await maintenance.history({ limit: 1 })).toMatchObject([
      { action, via: 'storage', scope: null, by: text.includes('root') ? 'root' : null },
    ]);
    await maintenance.enable({ scope: 'billing' });
    const changes = await maintenance.history();
    expect(changes.map(({ via }) => via).slice(0, 3)).toEqual(['service', 'storage', 'service']);
    const revisions = changes.map(({ revision }) => revision);
    expect(revisions).toEqual(revisions.toSorted((a, b) => b - a));
  });

  it('has an entry that a person has edited among others', async () => {
    const path = join(await makeDirectory(), 'state.json');
    const { maintenance } = await bootContext({ storage: new FileStorage({ path }) });
    await maintenance.enable({ reason: 'Wy' });
    await writeFile(path, (await readFile(path, 'utf8')).replace('"reason": "Wy"', '"reason": "Why"'));
    expect(shown(await maintenance.history())).toEqual([
      ['updated', null, null, 'storage', 'Why', null],
      ['on', null, null, 'service', 'Wy', null],
    ]);
    await maintenance.disable();
    expect((await maintenance.history()).map(({ action }) => action)).toEqual(['off', 'updated', 'on']);
  });

  it('is refused with a limit that is no number, and if the storage cannot be read', async () => {
    const { maintenance } = await bootContext();
    await expect(maintenance.history({ limit: -1 })).rejects.toMatchObject({ code: 'MAINTENANCE_OPTIONS' });
  });
});
