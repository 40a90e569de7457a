import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { lastValueFrom, Subject } from 'rxjs';
import {
  MaintenanceConflictError,
  MaintenanceStorageError,
  MemoryStorage,
  type StoredRecord,
} from '../../lib/index.js';
import { parseRecord } from '../../lib/state/record-format.js';
import { FaultyStorage, hangs } from '../support/faulty.storage.js';
import { bootContext, closeContexts } from '../support/state-context.js';

afterEach(async () => {
  jest.restoreAllMocks();
  await closeContexts();
});

describe('A write', () => {
  it('that the storage refuses rejects with its own error as the cause, and memory keeps what it held', async () => {
    const storage = new FaultyStorage();
    const { maintenance, events } = await bootContext({ storage });
    const before = await maintenance.enable({ reason: 'Before' });
    const failure = new Error('disk full');
    storage.faultyWrite = () => Promise.reject(failure);
    for (const change of [() => maintenance.enable({ reason: 'After' }), () => maintenance.disable()]) {
      const error: unknown = await change().catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(MaintenanceStorageError);
      expect(error).toMatchObject({ message: expect.stringContaining('disk full'), cause: failure });
      expect(maintenance.status()).toEqual(before);
    }
    expect(events.map(({ type }) => type)).toEqual(['activated']);
  });

  it('that gets no answer rejects when its time is over, says that the outcome is unknown, and memory keeps what it held', async () => {
    const storage = new FaultyStorage();
    const { maintenance } = await bootContext({ storage, sync: { timeoutMs: 2_000 } });
    storage.faultyWrite = hangs;
    const error: unknown = await maintenance.enable().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(MaintenanceStorageError);
    expect(error).toMatchObject({ message: expect.stringMatching(/no answer within 2000 ms\b.*unknown/) });
    expect(maintenance.status()).toMatchObject({ state: 'off' });

    storage.faultyWrite = null;
    expect(await maintenance.enable()).toMatchObject({ state: 'active' });
  });

  it('waits for those before it no longer than its own time', async () => {
    const storage = new FaultyStorage();
    const { maintenance } = await bootContext({ storage, sync: { timeoutMs: 50 } });
    storage.faultyWrite = hangs;
    const changes = await Promise.allSettled([
      maintenance.enable(),
      maintenance.enable(),
      maintenance.enable({ scope: 'billing' }),
    ]);
    expect(changes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(storage.writes).toBeLessThan(3);
  });

  it('that loses race after race rejects with a conflict, after a bounded number of them', async () => {
    const storage = new FaultyStorage();
    const { maintenance } = await bootContext({ storage, sync: { timeoutMs: 60_000 } });
    storage.faultyWrite = () => Promise.reject(new MaintenanceConflictError('faulty'));
    const error: unknown = await maintenance.enable().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(MaintenanceConflictError);
    expect(error).toMatchObject({ code: 'MAINTENANCE_CONFLICT' });
    expect(storage.writes).toBeGreaterThan(1);
    expect(storage.writes).toBeLessThan(50);
    expect(maintenance.isActive()).toBe(false);
  });

  it('loses its last race before its time is over, also with the longest pauses', async () => {
    const storage = new FaultyStorage();
    const { maintenance } = await bootContext({ storage, sync: { timeoutMs: 2_000 } });
    jest.spyOn(Math, 'random').mockReturnValue(1 - Number.EPSILON);
    storage.faultyWrite = async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      throw new MaintenanceConflictError('faulty');
    };
    await expect(maintenance.enable()).rejects.toBeInstanceOf(MaintenanceConflictError);
  });

  it('counts all its lost races into its time', async () => {
    const storage = new FaultyStorage();
    const { maintenance } = await bootContext({ storage, sync: { timeoutMs: 2_000 } });
    storage.faultyWrite = async () => {
      await new Promise((resolve) => setTimeout(resolve, 1_200));
      throw new MaintenanceConflictError('faulty');
    };
    await expect(maintenance.enable()).rejects.toThrow('no answer within 2000 ms');
    expect(storage.writes).toBeLessThanOrEqual(2);
  });

  it('that loses a race is made again over what the winner has written', async () => {
    const storage = new FaultyStorage();
    const winner = await bootContext({ storage: storage.memory });
    const { maintenance } = await bootContext({ storage });
    storage.faultyWrite = async (write, ...args) => {
      storage.faultyWrite = null;
      await winner.maintenance.enable({ scope: 'search', reason: 'Theirs' });
      return write(...args);
    };
    expect(await maintenance.enable({ scope: 'billing', reason: 'Ours' })).toMatchObject({ revision: 2 });
    expect(maintenance.status('billing')).toMatchObject({ state: 'active', reason: 'Ours' });
    expect(maintenance.status('search')).toMatchObject({ state: 'active', reason: 'Theirs' });
  });

  it('is not undone in memory by a read that began before it', async () => {
    const storage = new FaultyStorage();
    const { maintenance, events } = await bootContext({ storage });
    await maintenance.refresh();
    const answer = new Subject<void>();
    const waiting = lastValueFrom(answer, { defaultValue: undefined });
    storage.faultyRead = async (read): Promise<StoredRecord | null> => {
      storage.faultyRead = null;
      const old = await read();
      await waiting;
      return old;
    };
    const refreshed = maintenance.refresh();
    await maintenance.enable();
    answer.complete();
    expect(await refreshed).toMatchObject({ state: 'active', revision: 1 });
    expect(events.map(({ type }) => type)).toEqual(['activated']);
  });
});

describe('Two services that write at once', () => {
  it('lose nothing of each other, and give each change a number of its own', async () => {
    // A hundred writes one after the other, each of which waits for those before it within its time.
    const sync = { timeoutMs: 600_000 };
    const storage = new MemoryStorage();
    const texts: string[] = [];
    const write = storage.write.bind(storage);
    storage.write = async (...args) => {
      const written = await write(...args);
      texts.push(written.text);
      return written;
    };
    const services = [await bootContext({ storage, sync }), await bootContext({ storage, sync })].map(
      (context) => context.maintenance,
    );
    const scopes = services.map((_, owner) =>
      Array.from({ length: 50 }, (__, index) => `scope-${owner}-${index}`),
    );
    await Promise.all(
      services.flatMap((service, owner) => (scopes[owner] ?? []).map((scope) => service.enable({ scope }))),
    );
    expect(texts.map((text) => parseRecord(text).revision)).toEqual(
      Array.from({ length: 100 }, (_, index) => index + 1),
    );
    for (const service of services) {
      await service.refresh();
      expect(service.status().revision).toBe(100);
      expect(scopes.flat().filter((scope) => !service.isActive(scope))).toEqual([]);
    }
  });
});
