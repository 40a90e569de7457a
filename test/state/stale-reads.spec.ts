import { afterEach, describe, expect, it } from '@jest/globals';
import type { StoredRecord } from '../../lib/index.js';
import { FaultyStorage, hangs } from '../support/faulty.storage.js';
import { bootContext, closeContexts } from '../support/state-context.js';

afterEach(closeContexts);

const GARBAGE = '<html>garbage</html>';

describe('A change that has nothing to write', () => {
  it('does not take memory back to what it has read before others wrote, and is made on what they wrote', async () => {
    const storage = new FaultyStorage();
    const { maintenance, events } = await bootContext({ storage });
    await maintenance.enable();
    await maintenance.disable();
    const old = await storage.memory.read();
    const other = await bootContext({ storage: storage.memory });
    await other.maintenance.enable({ reason: 'theirs' });
    // Its read takes so long that what the other wrote is known when it is done.
    let reads = 0;
    storage.faultyRead = async (read): Promise<StoredRecord | null> => {
      if ((reads += 1) > 1) return read();
      await maintenance.refresh();
      return old;
    };
    await maintenance.disable();
    expect(maintenance.status()).toMatchObject({ state: 'off', revision: 4 });
    expect(events.map(({ type }) => type).slice(2)).toEqual(['activated', 'deactivated']);
  });
});

describe('A write that never ends', () => {
  it('does not keep others from being followed', async () => {
    const storage = new FaultyStorage();
    const { maintenance } = await bootContext({ storage, sync: { timeoutMs: 2_000 } });
    await maintenance.enable();
    storage.faultyWrite = hangs;
    await expect(maintenance.enable()).rejects.toThrow('unknown');
    const other = await bootContext({ storage: storage.memory });
    await other.maintenance.disable();
    await maintenance.refresh();
    expect(maintenance.isActive()).toBe(false);
  });
});

describe('A lost record that is written back', () => {
  it('undoes no change that is made meanwhile, if the storage cannot compare', async () => {
    const storage: FaultyStorage = Object.assign(new FaultyStorage(), { atomic: false });
    const { maintenance } = await bootContext({ storage });
    await maintenance.enable();
    storage.loseAll();
    // Writes take their time, and land in the order in which they were begun.
    storage.faultyWrite = async (write, text) => {
      await new Promise((resolve) => setImmediate(resolve));
      return write(text);
    };
    await Promise.all([maintenance.refresh(), maintenance.disable()]);
    await maintenance.refresh();
    expect(maintenance.isActive()).toBe(false);
  });
});

describe('Text that does not parse', () => {
  it.each([50, 1000])('can be replaced with a time limit of %i ms', async (timeoutMs) => {
    const { maintenance } = await bootContext({ sync: { timeoutMs }, storage: await garbage() });
    await maintenance.enable();
    expect(maintenance.isActive()).toBe(true);
  });
});

async function garbage(): Promise<FaultyStorage> {
  const storage = new FaultyStorage();
  await storage.memory.write(GARBAGE);
  return storage;
}
