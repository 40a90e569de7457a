import { afterEach, describe, expect, it } from '@jest/globals';
import { MaintenanceConflictError, MaintenanceStorageError, type StoredRecord } from '../../lib/index.js';
import { FaultyStorage, throws } from '../support/faulty.storage.js';
import { bootContext, closeContexts } from '../support/state-context.js';

afterEach(closeContexts);

const nothing = (): void => undefined;

/** The storage takes the write, and the answer is lost on its way. */
const FAULTS: [what: string, error: () => Error][] = [
  ['a broken connection', () => new Error('connection reset')],
  ['a conflict with itself, since the driver has tried again', () => new MaintenanceConflictError('faulty')],
];

describe.each(FAULTS)('A write that was made, and is answered by %s', (_, makeError) => {
  function losesAnswers(storage: FaultyStorage): void {
    storage.faultyWrite = async (write, ...args): Promise<StoredRecord> => {
      storage.faultyWrite = null;
      await write(...args);
      throw makeError();
    };
  }

  it('is found in the storage, and reported as made', async () => {
    const storage = new FaultyStorage();
    const { maintenance, events } = await bootContext({ storage });
    losesAnswers(storage);
    expect(await maintenance.enable({ reason: 'Once' })).toMatchObject({ state: 'active', revision: 1 });
    expect(events.map(({ type }) => type)).toEqual(['activated']);
    expect(storage.writes).toBe(1);
  });

  it('is found under what another person has written on top of it', async () => {
    const storage = new FaultyStorage();
    const other = await bootContext({ storage: storage.memory });
    const { maintenance } = await bootContext({ storage });
    storage.faultyWrite = async (write, ...args): Promise<StoredRecord> => {
      storage.faultyWrite = null;
      await write(...args);
      await other.maintenance.enable({ scope: 'billing' });
      throw makeError();
    };
    expect(await maintenance.enable({ reason: 'Once' })).toMatchObject({ state: 'active', revision: 2 });
    expect(maintenance.isActive('billing')).toBe(true);
    expect(storage.writes).toBe(1);
  });

  it('is not made again over a later change of the same scope', async () => {
    const storage = new FaultyStorage();
    const other = await bootContext({ storage: storage.memory });
    const { maintenance } = await bootContext({ storage });
    storage.faultyWrite = async (write, ...args): Promise<StoredRecord> => {
      storage.faultyWrite = null;
      await write(...args);
      await other.maintenance.enable({ reason: 'Later' });
      throw makeError();
    };
    expect(await maintenance.enable({ reason: 'Once' })).toMatchObject({ reason: 'Later', revision: 2 });
    expect(storage.writes).toBe(1);
  });

  it('rejects with an error that says that the outcome is unknown, if it cannot be looked for', async () => {
    const storage = new FaultyStorage();
    const { maintenance } = await bootContext({ storage });
    storage.faultyWrite = async (write, ...args): Promise<StoredRecord> => {
      storage.faultyRead = throws;
      await write(...args);
      throw makeError();
    };
    await expect(maintenance.enable()).rejects.toMatchObject({
      code: 'MAINTENANCE_STORAGE',
      message: expect.stringMatching(/Cannot write.*unknown/),
    });
  });

  it('does not make run restore what it has set itself', async () => {
    const storage = new FaultyStorage();
    const { maintenance } = await bootContext({ storage });
    losesAnswers(storage);
    await maintenance.run(() => losesAnswers(storage));
    expect(await maintenance.refresh()).toMatchObject({ state: 'off', stale: false });
  });
});

describe('A write that fails while the storage cannot be read either', () => {
  it('rejects with an error that says that the outcome is unknown', async () => {
    const storage = new FaultyStorage();
    const { maintenance } = await bootContext({ storage });
    storage.faultyWrite = async () => {
      storage.faultyRead = throws;
      throw new Error('connection reset');
    };
    const error: unknown = await maintenance.enable().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(MaintenanceStorageError);
    expect(error).toMatchObject({ message: expect.stringMatching(/connection reset.*unknown/) });
  });
});

describe('A write that timed out and is made later', () => {
  it('is taken over by the next read, without an outage', async () => {
    const storage = new FaultyStorage();
    const { maintenance, events, heard } = await bootContext({ storage, sync: { timeoutMs: 100 } });
    let land = nothing;
    storage.faultyWrite = async (write, ...args): Promise<StoredRecord> => {
      await new Promise<void>((resolve) => (land = resolve));
      return write(...args);
    };
    await expect(maintenance.enable({ reason: 'Late' })).rejects.toThrow('unknown');
    land();
    while (storage.memory === null || (await storage.memory.read()) === null)
      await new Promise((resolve) => setImmediate(resolve));
    await maintenance.refresh();
    await heard('activated');
    expect(maintenance.status()).toMatchObject({ state: 'active', reason: 'Late', revision: 1 });
    expect(events.map(({ type }) => type)).toEqual(['activated']);
  });
});
