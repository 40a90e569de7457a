import { afterEach, describe, expect, it } from '@jest/globals';
import type { StoredRecord } from '../../lib/index.js';
import { parseRecord } from '../../lib/state/record-format.js';
import { FaultyStorage } from '../support/faulty.storage.js';
import { bootContext, closeContexts, type StateContext } from '../support/state-context.js';

afterEach(closeContexts);

const sync = { pollIntervalMs: 10 };

async function textIn(storage: FaultyStorage): Promise<string> {
  return (await storage.memory.read())?.text ?? '';
}

const types = ({ events }: StateContext): string[] => events.map(({ type }) => type);

describe('A storage that goes back to an older record', () => {
  it.each([
    ['off, while maintenance holds', 'enable', 'active'],
    ['on, after maintenance was turned off', 'disable', 'off'],
  ] as const)('%s: gets the newest one back, and the state holds', async (_, last, state) => {
    const storage = new FaultyStorage();
    const context = await bootContext({ storage, sync });
    const { maintenance } = context;
    await maintenance.enable();
    if (last === 'enable') await maintenance.disable();
    const snapshot = await textIn(storage);
    await maintenance[last]();
    const newest = await textIn(storage);
    const before = types(context).length;
    await storage.memory.write(snapshot);
    expect(await context.heard('storage-failed')).toMatchObject({
      error: { message: expect.stringMatching(/older.*written back/) },
      after: { state },
    });
    await context.heard('storage-recovered');
    expect(await textIn(storage)).toBe(newest);
    expect(maintenance.status()).toMatchObject({ state, stale: false });
    expect(types(context).slice(before)).toEqual(['storage-failed', 'storage-recovered']);
  });

  it('gets the highest record that any instance knows, also when one that knows less notices first', async () => {
    const storage = new FaultyStorage();
    const behind = await bootContext({ storage });
    await behind.maintenance.enable({ reason: 'First' });
    const ahead = await bootContext({ storage });
    await ahead.maintenance.enable({ reason: 'Second' });
    storage.loseAll();
    await behind.maintenance.refresh();
    expect(parseRecord(await textIn(storage))).toMatchObject({ revision: 1 });
    await ahead.maintenance.refresh();
    expect(parseRecord(await textIn(storage))).toMatchObject({ revision: 2 });
    expect(await behind.maintenance.refresh()).toMatchObject({ reason: 'Second', revision: 2 });
    for (const context of [behind, ahead]) expect(types(context)).not.toContain('deactivated');
  });

  it('is changed on top of the newest record, not of the older one', async () => {
    const storage = new FaultyStorage();
    const { maintenance } = await bootContext({ storage });
    await maintenance.enable({ scope: 'search' });
    const snapshot = await textIn(storage);
    await maintenance.enable({ reason: 'Kept' });
    await storage.memory.write(snapshot);
    expect(await maintenance.enable({ scope: 'billing' })).toMatchObject({ revision: 3 });
    expect(maintenance.status()).toMatchObject({ state: 'active', reason: 'Kept' });
    expect(parseRecord(await textIn(storage)).application.reason).toBe('Kept');
  });

  it('gets the newest record back by a change that has nothing to write', async () => {
    const storage = new FaultyStorage();
    const { maintenance } = await bootContext({ storage });
    await maintenance.enable();
    const snapshot = await textIn(storage);
    await maintenance.disable();
    await storage.memory.write(snapshot);
    await maintenance.disable();
    await maintenance.refresh();
    expect(maintenance.isActive()).toBe(false);
    expect(parseRecord(await textIn(storage)).application.state).toBe('off');
  });
});

describe('Another record with the same number', () => {
  it('does not open anything, and all instances end with the same one, whoever reads first', async () => {
    for (const first of [0, 1]) {
      const storage = new FaultyStorage();
      const one = await bootContext({ storage });
      await one.maintenance.enable({ scope: 'search' });
      const snapshot = await textIn(storage);
      await one.maintenance.enable({ reason: 'Migration' });
      await storage.memory.write(snapshot);
      // It has booted after the loss and knows nothing of what was lost.
      const other = await bootContext({ storage });
      await other.maintenance.enable({ scope: 'billing' });
      const contexts = first === 0 ? [one, other] : [other, one];
      for (const { maintenance } of [...contexts, ...contexts]) await maintenance.refresh();
      for (const { maintenance } of contexts) {
        expect(maintenance.status()).toMatchObject({ state: 'active', reason: 'Migration', stale: false });
      }
      expect(types(one)).not.toContain('deactivated');
      const { writes } = storage;
      for (const { maintenance } of contexts) await maintenance.refresh();
      expect(storage.writes).toBe(writes);
    }
  });
});

describe('A record of another lineage', () => {
  it.each(['0', '{"version":1,"revision":1,"application":{"state":"off"},"key":"theirs"}'])(
    'counts as what a person has written: %s',
    async (text) => {
      const storage = new FaultyStorage();
      const { maintenance, events } = await bootContext({ storage });
      await maintenance.enable();
      await maintenance.enable();
      await storage.memory.write(text);
      expect(await maintenance.refresh()).toMatchObject({ state: 'off', stale: false });
      expect(await textIn(storage)).toBe(text);
      expect(events.map(({ type }) => type)).not.toContain('storage-failed');
    },
  );

  it('does not take the revision back, nor do the changes that follow it', async () => {
    const theirs = new FaultyStorage();
    const other = await bootContext({ storage: theirs });
    const theirTexts: string[] = [];
    for (const reason of ['Theirs', 'Theirs, later']) {
      await other.maintenance.enable({ reason });
      theirTexts.push(await textIn(theirs));
    }
    const storage = new FaultyStorage();
    const { maintenance, events } = await bootContext({ storage });
    for (const reason of ['Ours', 'Ours, later']) await maintenance.enable({ reason });
    for (const [index, text] of theirTexts.entries()) {
      await storage.memory.write(text);
      for (let read = 0; read < 2; read += 1)
        expect(await maintenance.refresh()).toMatchObject({ revision: 3 + index });
      expect(maintenance.status().reason).toMatch(/^Theirs/);
      expect(await textIn(storage)).toBe(text);
    }
    expect(await maintenance.disable()).toMatchObject({ state: 'off', revision: 5 });
    expect(await maintenance.refresh()).toMatchObject({ state: 'off', revision: 5 });
    expect(events.map(({ type }) => type)).not.toContain('storage-failed');
  });

  it('and of no lineage keeps the known one: a snapshot does not undo a hand-written 1', async () => {
    const storage = new FaultyStorage();
    const { maintenance } = await bootContext({ storage });
    await maintenance.enable();
    await maintenance.disable();
    const snapshot = await textIn(storage);
    await storage.memory.write('1');
    expect(await maintenance.refresh()).toMatchObject({ state: 'active', revision: 3 });
    await storage.memory.write(snapshot);
    expect(await maintenance.refresh()).toMatchObject({ state: 'active', revision: 3 });
    expect(parseRecord(await textIn(storage))).toMatchObject({ revision: 3, application: { state: 'on' } });
  });
});

describe('With a storage that a person edits (missing: off), an older record', () => {
  it('is a change like any other: somebody has copied a backup', async () => {
    const storage: FaultyStorage = Object.assign(new FaultyStorage(), { missing: 'off' as const });
    const { maintenance, events } = await bootContext({ storage });
    await maintenance.enable({ reason: 'Backup' });
    const backup = await textIn(storage);
    await maintenance.disable();
    await storage.memory.write(backup);
    expect(await maintenance.refresh()).toMatchObject({ state: 'active', reason: 'Backup', revision: 3 });
    expect(await maintenance.refresh()).toMatchObject({ revision: 3 });
    expect(await textIn(storage)).toBe(backup);
    expect(await maintenance.disable()).toMatchObject({ state: 'off', revision: 4 });
    expect(events.map(({ type }) => type)).toEqual(['activated', 'deactivated', 'activated', 'deactivated']);
  });
});

describe('The answer to a write that arrives late', () => {
  it.each([true, false])('does not take memory back, and tells nothing: atomic %s', async (atomic) => {
    const storage: FaultyStorage = Object.assign(new FaultyStorage(), { atomic });
    const { maintenance, events } = await bootContext({ storage });
    const other = await bootContext({ storage: storage.memory });
    storage.faultyWrite = async (write, ...args): Promise<StoredRecord> => {
      storage.faultyWrite = null;
      const written = await write(...args);
      await other.maintenance.refresh();
      await other.maintenance.enable({ reason: 'Theirs, later' });
      // Here the first one reads what the other has written, and then gets the answer to its own write.
      await maintenance.refresh();
      return written;
    };
    await maintenance.enable({ reason: 'Ours' });
    await maintenance.refresh();
    const shown = events.map(({ type, after }) => `${type} ${after.reason}`);
    expect(maintenance.status()).toMatchObject({ reason: 'Theirs, later', revision: 2 });
    expect(shown.at(-1)).toMatch(/Theirs, later$/);
    expect(shown.filter((line) => line.endsWith('Theirs, later'))).toHaveLength(1);
    expect(shown.indexOf('updated Ours')).toBe(-1);
  });
});

describe('A storage that cannot compare', () => {
  it('is read again after a write: somebody may have written over it', async () => {
    const storage: FaultyStorage = Object.assign(new FaultyStorage(), {
      atomic: false,
      missing: 'off' as const,
    });
    const { maintenance, heard } = await bootContext({ storage });
    storage.faultyWrite = async (write, ...args): Promise<StoredRecord> => {
      storage.faultyWrite = null;
      const written = await write(...args);
      await storage.memory.write('0');
      return written;
    };
    await maintenance.enable();
    await heard('deactivated');
    expect(maintenance.isActive()).toBe(false);
  });
});

describe('An event about a scope that the record does not have any more', () => {
  it('has the revision that the status has', async () => {
    const storage: FaultyStorage = Object.assign(new FaultyStorage(), { missing: 'off' as const });
    const { maintenance, heard } = await bootContext({ storage });
    await maintenance.enable({ scope: 'billing' });
    storage.loseAll();
    await maintenance.refresh();
    expect(maintenance.status('billing').revision).toBe(2);
    expect(await heard('deactivated')).toMatchObject({ before: { revision: 1 }, after: { revision: 2 } });
  });
});

describe('A storage that goes back, and is changed by an instance that does not know what was lost', () => {
  it.each([1, 5])('keeps all acknowledged changes in all instances: %s made meanwhile', async (count) => {
    for (const first of [0, 1]) {
      const storage = new FaultyStorage();
      const one = await bootContext({ storage });
      await one.maintenance.enable({ scope: 'search' });
      const snapshot = await textIn(storage);
      await one.maintenance.enable({ reason: 'Migration' });
      await one.maintenance.enable({ scope: 'billing' });
      await storage.memory.write(snapshot);
      const other = await bootContext({ storage });
      for (let made = 0; made < count; made += 1) {
        await other.maintenance.enable({ scope: `acknowledged-${made}` });
      }
      await other.maintenance.disable({ scope: 'search' });
      const contexts = first === 0 ? [one, other] : [other, one];
      for (const { maintenance } of [...contexts, ...contexts]) await maintenance.refresh();
      const stored = parseRecord(await textIn(storage));
      expect([...stored.scopes].filter(([, { state }]) => state === 'on').map(([scope]) => scope)).toEqual(
        expect.arrayContaining([
          'billing',
          ...Array.from({ length: count }, (_, made) => `acknowledged-${made}`),
        ]),
      );
      expect(stored).toMatchObject({ application: { reason: 'Migration' } });
      expect(stored.scopes.has('search')).toBe(false);
      for (const { maintenance } of contexts) {
        expect(maintenance.status()).toMatchObject({ state: 'active', revision: stored.revision });
      }
      expect(types(one)).toContain('storage-failed');
      const { writes } = storage;
      for (const { maintenance } of contexts) await maintenance.refresh();
      expect(storage.writes).toBe(writes);
    }
  });
});
