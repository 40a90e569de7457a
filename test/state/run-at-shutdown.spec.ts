import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { FileStorage, MaintenanceStorageError } from '../../lib/index.js';
import { parseRecord } from '../../lib/state/record-format.js';
import { startBuilt } from '../support/built.js';
import { FaultyStorage, throws } from '../support/faulty.storage.js';
import { bootContext, closeContexts } from '../support/state-context.js';
import { makeDirectory, removeDirectories } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

afterEach(closeContexts);

const nothing = (): void => undefined;

const storedState = async (storage: FaultyStorage): Promise<string> =>
  parseRecord((await storage.memory.read())?.text ?? '').application.state;

describe('run, when the storage fails for a moment at its end', () => {
  it('tries again until the previous state is restored', async () => {
    const storage = new FaultyStorage();
    const { maintenance } = await bootContext({ storage });
    let failures = 0;
    const result = await maintenance.run(() => {
      storage.faultyWrite = (write, ...args) => ((failures += 1) < 4 ? throws() : write(...args));
      return 'done';
    });
    expect(result).toBe('done');
    expect(failures).toBe(4);
    expect(maintenance.isActive()).toBe(false);
    expect(await storedState(storage)).toBe('off');
  });

  it('also if it can neither be read nor written, and also if the work fails', async () => {
    const storage = new FaultyStorage();
    const { maintenance } = await bootContext({ storage });
    let failures = 0;
    const work = (): never => {
      storage.faultyRead = (read) => ((failures += 1) < 4 ? throws() : read());
      throw new RangeError('work failed');
    };
    await expect(maintenance.run(work)).rejects.toEqual(new RangeError('work failed'));
    expect(await storedState(storage)).toBe('off');
  });

  it('gives up after a bounded time, and the log says that maintenance is still on', async () => {
    const storage = new FaultyStorage();
    const { maintenance, logs } = await bootContext({ storage, sync: { timeoutMs: 20 } });
    const work = (): void => void (storage.faultyWrite = throws);
    await expect(maintenance.run(work, { reason: 'Long' })).rejects.toBeInstanceOf(MaintenanceStorageError);
    expect(logs.filter((line) => line.startsWith('error'))).toEqual([
      expect.stringMatching(/could not be restored.*still on.*"Long"/),
    ]);
  });
});

describe('Closing an application during run', () => {
  it('waits for work that ends now, and restores the previous state', async () => {
    const storage = new FaultyStorage();
    const { app, maintenance } = await bootContext({ storage });
    let end = nothing;
    const running = maintenance.run(() => new Promise<string>((resolve) => (end = () => resolve('done'))));
    await until('maintenance is on', () => maintenance.isActive());
    const closed = app.close();
    setImmediate(() => end());
    await closed;
    expect(await running).toBe('done');
    expect(await storedState(storage)).toBe('off');
    expect(storage.closed).toBe(1);
  });

  it('restores also if the work does not end, in a bounded time, and says so', async () => {
    const storage = new FaultyStorage();
    const { app, maintenance, logs } = await bootContext({ storage, sync: { timeoutMs: 50 } });
    let end = nothing;
    const running = maintenance.run(() => new Promise<void>((resolve) => (end = resolve)), {
      reason: 'Long',
    });
    await until('maintenance is on', () => maintenance.isActive());
    await app.close();
    expect(await storedState(storage)).toBe('off');
    expect(logs).toContainEqual(expect.stringMatching(/^warn: .*run\(\)/));
    const { writes } = storage;
    end();
    await running;
    expect(storage.writes).toBe(writes);
  });

  it('tries again if the storage fails for a moment', async () => {
    const storage = new FaultyStorage();
    const { app, maintenance } = await bootContext({ storage, sync: { timeoutMs: 500 } });
    let end = nothing;
    const running = maintenance.run(() => new Promise<void>((resolve) => (end = resolve)));
    await until('maintenance is on', () => maintenance.isActive());
    let failures = 0;
    storage.faultyWrite = (write, ...args) => ((failures += 1) < 4 ? throws() : write(...args));
    const closed = app.close();
    end();
    await Promise.all([closed, running]);
    expect(await storedState(storage)).toBe('off');
  });

  it('says that maintenance is still on if it cannot be restored', async () => {
    const storage = new FaultyStorage();
    const { app, maintenance, logs } = await bootContext({ storage, sync: { timeoutMs: 50 } });
    const running = maintenance.run(() => new Promise<void>(() => undefined), { reason: 'Long' });
    void running;
    await until('maintenance is on', () => maintenance.isActive());
    storage.faultyWrite = throws;
    await app.close();
    expect(logs).toContainEqual(expect.stringMatching(/^error: .*still on.*"Long"/));
    expect(storage.closed).toBe(1);
  });

  it('restores overlapping runs to the state before the first', async () => {
    const storage = new FaultyStorage();
    const { app, maintenance } = await bootContext({ storage, sync: { timeoutMs: 50 } });
    await maintenance.enable({ reason: 'Before' });
    for (const reason of ['A', 'B']) {
      void maintenance.run(() => new Promise<void>(() => undefined), { reason });
      await until('it has begun', () => maintenance.status().reason === reason);
    }
    await app.close();
    expect(parseRecord((await storage.memory.read())?.text ?? '').application.reason).toBe('Before');
  });
});

describe('A process that gets SIGTERM during run', () => {
  it('restores the previous state, and ends', async () => {
    const path = join(await makeDirectory(), 'state.json');
    const storage = new FileStorage({ path });
    const child = await startBuilt('run-until-closed', path);
    expect(parseRecord((await storage.read())?.text ?? '').application).toMatchObject({ state: 'on' });
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await gone).toEqual([null, 'SIGTERM']);
    expect(parseRecord((await storage.read())?.text ?? '').application).toMatchObject({ state: 'off' });
    await removeDirectories();
  });
});
