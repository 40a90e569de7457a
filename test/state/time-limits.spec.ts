import { createServer, type Server, type Socket, connect } from 'node:net';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type MaintenanceStorage, MaintenanceStorageError, type StoredRecord } from '../../lib/index.js';
import { FaultyStorage, hangs } from '../support/faulty.storage.js';
import { freeze } from '../support/freeze.js';
import { bootContext, closeContexts } from '../support/state-context.js';
import { until } from '../support/until.js';

const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  await closeContexts();
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

/** Each call is an exchange with a server in another thread of the kernel: the answer waits in a socket. */
async function networkStorage(): Promise<MaintenanceStorage> {
  const memory = new FaultyStorage();
  const server: Server = createServer((socket) => socket.on('data', (data) => socket.write(data)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const socket: Socket = connect(typeof address === 'object' && address ? address.port : 0, '127.0.0.1');
  await once(socket, 'connect');
  cleanUps.push(
    () => socket.destroy(),
    () => server.close(),
  );
  const exchange = async (): Promise<void> => {
    socket.write('.');
    await once(socket, 'data');
  };
  return {
    name: 'network',
    atomic: true,
    read: async (): Promise<StoredRecord | null> => {
      await exchange();
      return memory.read();
    },
    write: async (text, expected): Promise<StoredRecord> => {
      await exchange();
      const written = await memory.write(text, expected);
      await exchange();
      return written;
    },
  };
}

describe('A handler that blocks the event loop for longer than the time limit', () => {
  it('makes no read fail, and no change, if the storage has answered', async () => {
    const { maintenance, events } = await bootContext({
      storage: await networkStorage(),
      sync: { timeoutMs: 300 },
    });
    const refreshed = maintenance.refresh();
    freeze(450);
    expect(await refreshed).toMatchObject({ stale: false });
    const enabled = maintenance.enable();
    freeze(450);
    expect(await enabled).toMatchObject({ state: 'active' });
    expect(events.map(({ type }) => type)).toEqual(['activated']);
  });
});

describe('A change that waits for a write-back', () => {
  it('waits no longer than its own time, and says that nothing was written', async () => {
    const storage = new FaultyStorage();
    const { maintenance } = await bootContext({ storage, sync: { timeoutMs: 2_000 } });
    await maintenance.enable();
    storage.loseAll();
    storage.faultyWrite = hangs;
    const refreshed = maintenance.refresh().catch(() => undefined);
    await until('it is being written back', () => storage.writes >= 2);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const began = performance.now();
    const error: unknown = await maintenance.disable().catch((reason: unknown) => reason);
    const lasted = performance.now() - began;
    await refreshed;
    expect(error).toBeInstanceOf(MaintenanceStorageError);
    expect(lasted).toBeLessThan(2_000 * 1.9);
    storage.faultyWrite = null;
  });

  it('is given up in the queue: nothing of it is written', async () => {
    const storage = new FaultyStorage();
    const { maintenance } = await bootContext({ storage, sync: { timeoutMs: 500 } });
    await maintenance.enable();
    storage.loseAll();
    const { writes } = storage;
    // The write-back reads first, and each of its calls has a time limit of its own.
    let reads = 0;
    storage.faultyRead = async (read) => {
      reads += 1;
      if (reads === 2) await new Promise((resolve) => setTimeout(resolve, 400));
      return read();
    };
    storage.faultyWrite = hangs;
    const refreshed = maintenance.refresh().catch(() => undefined);
    await until('the write-back reads', () => reads >= 2);
    const error: unknown = await maintenance.disable().catch((reason: unknown) => reason);
    expect(storage.writes).toBeLessThanOrEqual(writes + 1);
    expect(error).toBeInstanceOf(MaintenanceStorageError);
    expect(error).toMatchObject({ message: expect.stringMatching(/within 500 ms.*nothing was written/i) });
    await refreshed;
  });
});

describe('What a storage is told of the time limit', () => {
  it('is a whole number of milliseconds', async () => {
    const limits: unknown[] = [];
    const memory = new FaultyStorage();
    const storage: MaintenanceStorage = {
      name: 'limited',
      atomic: true,
      read: () => memory.read(),
      write: (text, expected, limit) => {
        limits.push(limit?.timeoutMs);
        return memory.write(text, expected);
      },
    };
    const { maintenance } = await bootContext({ storage });
    await maintenance.enable();
    expect(limits).toEqual([expect.any(Number)]);
    expect(limits.every((limit) => Number.isInteger(limit))).toBe(true);
  });
});
