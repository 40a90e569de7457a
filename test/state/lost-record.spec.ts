import { afterEach, describe, expect, it } from '@jest/globals';
import { FaultyStorage } from '../support/faulty.storage.js';
import { bootContext, closeContexts } from '../support/state-context.js';

afterEach(closeContexts);

const sync = { pollIntervalMs: 10 };

describe('A storage that has lost the record', () => {
  it('during maintenance gets it back, and the state stays in effect', async () => {
    const storage = new FaultyStorage();
    const { maintenance, events, heard } = await bootContext({ storage, sync });
    await maintenance.enable({ reason: 'Kept' });
    const before = await storage.memory.read();
    storage.loseAll();
    expect(await heard('storage-failed')).toMatchObject({
      error: { message: expect.stringContaining('vanished') },
      after: { state: 'active', reason: 'Kept' },
    });
    await heard('storage-recovered');
    expect((await storage.memory.read())?.text).toBe(before?.text);
    expect(maintenance.status()).toMatchObject({
      state: 'active',
      reason: 'Kept',
      stale: false,
      revision: 1,
    });
    expect(events.map(({ type }) => type)).toEqual(['activated', 'storage-failed', 'storage-recovered']);
  });

  it('while a window is still ahead gets it back, too', async () => {
    const storage = new FaultyStorage();
    const { maintenance, heard } = await bootContext({ storage, sync });
    await maintenance.enable({ scope: 'billing', startsAt: new Date(Date.now() + 1_000_000) });
    storage.loseAll();
    await heard('storage-recovered');
    expect((await storage.memory.read())?.text).toContain('billing');
  });

  it('while nothing is on is left alone', async () => {
    const storage = new FaultyStorage();
    const { maintenance, events } = await bootContext({ storage });
    await maintenance.enable();
    await maintenance.disable();
    storage.loseAll();
    expect(await maintenance.refresh()).toMatchObject({ state: 'off', stale: false, revision: 2 });
    expect(await storage.memory.read()).toBeNull();
    expect(events.map(({ type }) => type)).toEqual(['activated', 'deactivated']);
  });

  it('to somebody who has written meanwhile keeps theirs', async () => {
    const storage = new FaultyStorage();
    const { maintenance, heard } = await bootContext({ storage });
    await maintenance.enable();
    storage.loseAll();
    storage.faultyWrite = async (write, ...args) => {
      storage.faultyWrite = null;
      await storage.memory.write('0');
      return write(...args);
    };
    await maintenance.refresh();
    await heard('deactivated');
    expect((await storage.memory.read())?.text).toBe('0');
  });
});
