import { afterEach, describe, expect, it } from '@jest/globals';
import { MaintenanceStorageError, MemoryStorage } from '../../lib/index.js';
import { FaultyStorage, givesGarbage, hangs, throws, throwsAtOnce } from '../support/faulty.storage.js';
import { bootContext, closeContexts } from '../support/state-context.js';
import { until } from '../support/until.js';

afterEach(closeContexts);

/** Far more than a busy machine takes: only a storage that hangs meets it. */
const sync = { pollIntervalMs: 10, timeoutMs: 10_000 };
/** What hangs has to be waited for; the good calls beside it take far less. */
const HANGING = { pollIntervalMs: 10, timeoutMs: 2_000 };
const FAULTS: [what: string, fault: () => Promise<unknown>, message: string][] = [
  ['hangs', hangs, 'no answer within 2000 ms'],
  ['rejects', throws, 'broken on purpose'],
  ['throws at once', throwsAtOnce, 'broken on purpose'],
  ['gives garbage', givesGarbage, 'expected 0, 1 or a JSON record, got "<html>garbage</html>"'],
  ['gives undefined', async () => undefined, 'read() returned undefined'],
  ['gives a text alone', async () => '1', 'read() returned "1"'],
  ['gives a record without a text', async () => ({ version: '1' }), 'read() returned an object'],
];

describe.each(FAULTS)('A storage that %s', (_, fault, message) => {
  const limits = fault === hangs ? HANGING : sync;
  const faulty = (): FaultyStorage => Object.assign(new FaultyStorage(), { faultyRead: fault });

  it.each([
    ['open', false, 'off'],
    ['closed', true, 'active'],
  ] as const)(
    'at boot does not keep the application from booting: %s',
    async (unknownState, isActive, state) => {
      const { maintenance, logs } = await bootContext({ storage: faulty(), unknownState, sync: limits });
      expect(maintenance.isActive()).toBe(isActive);
      expect(maintenance.isActive('billing')).toBe(isActive);
      expect(maintenance.status()).toMatchObject({ state, stale: true });
      expect(logs.filter((line) => line.startsWith('error'))).toEqual([expect.stringContaining(message)]);
    },
  );

  it('at boot fails it with unknownState: throw', async () => {
    const error: unknown = await bootContext({
      storage: faulty(),
      unknownState: 'throw',
      sync: limits,
    }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(MaintenanceStorageError);
    expect(error).toMatchObject({ code: 'MAINTENANCE_STORAGE', message: expect.stringContaining(message) });
  });

  it('while it runs leaves the last known state, and tells it once until it is back', async () => {
    const storage = new FaultyStorage();
    const { maintenance, events, logs, heard } = await bootContext({ storage, sync: limits });
    await maintenance.enable({ reason: 'Last known' });

    storage.faultyRead = fault;
    const failed = await heard('storage-failed');
    const readsThen = storage.reads;
    await until('it has been tried again three times', () => storage.reads >= readsThen + 3);
    expect(failed).toMatchObject({ scope: null, error: { message: expect.stringContaining(message) } });
    expect(failed).toMatchObject({ before: { stale: false }, after: { stale: true, reason: 'Last known' } });
    expect(maintenance.isActive()).toBe(true);
    expect(maintenance.status()).toMatchObject({
      state: 'active',
      reason: 'Last known',
      stale: true,
      revision: 1,
    });
    await expect(maintenance.refresh()).rejects.toBeInstanceOf(MaintenanceStorageError);

    storage.faultyRead = null;
    expect(await heard('storage-recovered')).toMatchObject({
      before: { stale: true },
      after: { stale: false },
    });
    expect(maintenance.status()).toMatchObject({
      state: 'active',
      reason: 'Last known',
      stale: false,
      revision: 1,
    });
    expect(events.map(({ type }) => type)).toEqual(['activated', 'storage-failed', 'storage-recovered']);
    expect(logs.slice(1)).toEqual([
      expect.stringMatching(
        /^error: .*The last known state stays in effect \(active, full, for "Last known"\)\. The storage is tried again\.$/,
      ),
      'log: The storage works again. Maintenance is active, full, for "Last known".',
    ]);
    expect(logs.join('\n')).not.toContain('..');
  }, 120_000);
});

describe('A storage that comes back', () => {
  it('tells what has changed meanwhile', async () => {
    const storage = new FaultyStorage();
    const { maintenance, events, heard } = await bootContext({ storage, sync });
    storage.faultyRead = throws;
    await heard('storage-failed');
    await storage.memory.write('1');
    expect(maintenance.isActive()).toBe(false);
    storage.faultyRead = null;
    await heard('activated');
    expect(maintenance.status()).toMatchObject({ state: 'active', stale: false });
    await heard('storage-recovered');
    expect(events.map(({ type }) => type)).toEqual(['storage-failed', 'activated', 'storage-recovered']);
  });

  it.each([
    ['open', '1', true],
    ['closed', '0', false],
  ] as const)(
    'after a boot without it decides in place of unknownState: %s',
    async (unknownState, text, isActive) => {
      const storage = new FaultyStorage();
      await storage.memory.write(text);
      storage.faultyRead = throws;
      const { maintenance, heard } = await bootContext({ storage, unknownState, sync });
      expect(maintenance.isActive()).toBe(!isActive);
      storage.faultyRead = null;
      await heard('storage-recovered');
      expect(maintenance.isActive()).toBe(isActive);
    },
  );

  it('is told of a second time when it fails a second time', async () => {
    const storage = new FaultyStorage();
    const { events, logs } = await bootContext({ storage, sync });
    for (const outage of [1, 2]) {
      storage.faultyRead = throws;
      await until(
        'the failure',
        () => events.filter(({ type }) => type === 'storage-failed').length === outage,
      );
      storage.faultyRead = null;
      await until(
        'the recovery',
        () => events.filter(({ type }) => type === 'storage-recovered').length === outage,
      );
    }
    expect(logs.map((line) => line.split(':')[0])).toEqual(['error', 'log', 'error', 'log']);
  });

  it('is read again at once when it is asked for', async () => {
    const storage = new FaultyStorage();
    const { maintenance } = await bootContext({ storage });
    storage.faultyRead = throws;
    await expect(maintenance.refresh()).rejects.toThrow('broken on purpose');
    expect(maintenance.status().stale).toBe(true);
    storage.faultyRead = null;
    expect(await maintenance.refresh()).toMatchObject({ state: 'off', stale: false });
  });
});

describe('A storage that cannot push', () => {
  it('is polled, and that is enough', async () => {
    const storage = new FaultyStorage();
    const { maintenance, heard } = await bootContext({ storage, sync });
    await storage.memory.write('1');
    await heard('activated');
    await storage.memory.write('0');
    await heard('deactivated');
    expect(maintenance.isActive()).toBe(false);
  });
});

describe('A storage that is just being written', () => {
  it('is read once more before its text counts as wrong: echo empties the file first', async () => {
    const storage = new FaultyStorage();
    await storage.memory.write('1');
    const { maintenance, events } = await bootContext({ storage });
    storage.faultyRead = async () => {
      storage.faultyRead = null;
      return { text: '', version: null };
    };
    expect(await maintenance.refresh()).toMatchObject({ state: 'active', stale: false });
    expect(events).toEqual([]);
  });
});

describe('A storage that cannot be watched yet', () => {
  it('is asked again until it can', async () => {
    const storage = new MemoryStorage();
    const watch = storage.watch.bind(storage);
    let attempts = 0;
    storage.watch = async (onChange) => {
      attempts += 1;
      if (attempts < 3) throw new Error('no such directory');
      return watch(onChange);
    };
    const { logs } = await bootContext({ storage, sync });
    await until('the third attempt', () => attempts === 3);
    expect(logs).toEqual([]);
  });
});

describe('A storage of a closed application', () => {
  it('is released, and not read any more', async () => {
    const [storage, other] = [new FaultyStorage(), new FaultyStorage()];
    const { app } = await bootContext({ storage, sync });
    await until('it is polled', () => storage.reads > 3);
    await app.close();
    const { reads } = storage;
    await bootContext({ storage: other, sync });
    await until('another one is polled often', () => other.reads > 10);
    expect(storage).toMatchObject({ reads, closed: 1 });
  });
});
