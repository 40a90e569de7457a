import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  FileStorage,
  MaintenanceOptionsError,
  MaintenanceService,
  MaintenanceStorageError,
  MemoryStorage,
} from '../../lib/index.js';
import { FaultyStorage, throws } from '../support/faulty.storage.js';
import { bootContext, closeContexts } from '../support/state-context.js';
import { makeDirectory, removeDirectories } from '../support/temporary-directory.js';

let directory = '';
let path = '';
beforeEach(async () => {
  directory = await makeDirectory();
  path = join(directory, 'maintenance.json');
});
afterEach(closeContexts);
afterEach(removeDirectories);

async function bootOnFile(): Promise<MaintenanceService> {
  return (await bootContext({ storage: new FileStorage({ path }) })).maintenance;
}

const inAnHour = (): Date => new Date(Date.now() + 3_600_000);
const inTwoHours = (): Date => new Date(Date.now() + 7_200_000);

describe('Parity 1: a file', () => {
  it('that is missing reads as off, and reading does not create it', async () => {
    const maintenance = await bootOnFile();
    expect(await maintenance.refresh()).toMatchObject({ state: 'off', stale: false });
    expect(await readdir(directory)).toEqual([]);
  });

  it('takes on and off, and gives them back', async () => {
    const maintenance = await bootOnFile();
    for (const isOn of [true, false, true]) {
      await (isOn ? maintenance.enable() : maintenance.disable());
      const other = await bootOnFile();
      expect(other.isActive()).toBe(isOn);
    }
  });
});

describe('Parity 2: a file that holds', () => {
  it.each(['test', '2'])('%j is an error that names the file, and not "off"', async (text) => {
    await writeFile(path, '1');
    const maintenance = await bootOnFile();
    await writeFile(path, text);
    const error: unknown = await maintenance.refresh().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(MaintenanceStorageError);
    expect(String(error)).toContain(path);
    expect(maintenance.status()).toMatchObject({ state: 'active', stale: true });
  });

  it.each([
    [' 1\n', true],
    ['\t0 \r\n', false],
  ])('%j has white space that does not matter', async (text, isActive) => {
    await writeFile(path, text);
    const maintenance = await bootOnFile();
    expect(maintenance.status().stale).toBe(false);
    expect(maintenance.isActive()).toBe(isActive);
  });
});

describe('Parity 3: a scheduled state', () => {
  it('comes back as it was stored', async () => {
    const [startsAt, endsAt] = [inAnHour(), inTwoHours()];
    await (await bootOnFile()).enable({ startsAt, endsAt });
    expect((await bootOnFile()).status()).toMatchObject({ state: 'scheduled', startsAt, endsAt });
  });

  it.each([
    ['on', 'active'],
    ['off', 'off'],
  ])('is replaced by a plain %s', async (action, state) => {
    const maintenance = await bootOnFile();
    await maintenance.enable({ startsAt: inAnHour(), endsAt: inTwoHours() });
    await (action === 'on' ? maintenance.enable() : maintenance.disable());
    expect((await bootOnFile()).status()).toMatchObject({ state, startsAt: null, endsAt: null });
  });

  it.each([
    '{}',
    '{"start":null,"end":null}',
    '{"start":"2030-01-01T00:00:00Z","end":null,"until":"2031-01-01T00:00:00Z"}',
  ])('that is no state, %s, is rejected on reading', async (text) => {
    const maintenance = await bootOnFile();
    await writeFile(path, text);
    await expect(maintenance.refresh()).rejects.toBeInstanceOf(MaintenanceStorageError);
  });

  it.each([{ startsAt: 0 }, { startsAt: null, endsAt: '' }, { until: '2030-01-01T00:00:00Z' }])(
    'that is none, %j, is rejected on writing',
    async (options) => {
      const maintenance = await bootOnFile();
      await expect(maintenance.enable(options as object)).rejects.toThrow();
      expect(await readdir(directory)).toEqual([]);
    },
  );

  it.each([{ startsAt: null }, { startsAt: null, endsAt: null }])(
    'that is not set, %j, means now and without an end',
    async (options) => {
      await (await bootOnFile()).enable(options);
      expect((await bootOnFile()).status()).toMatchObject({ state: 'active', endsAt: null });
    },
  );
});

describe('Parity 4: a storage that throws', () => {
  it('leaves the last known state', async () => {
    const storage = new FaultyStorage();
    const { maintenance } = await bootContext({ storage });
    await maintenance.enable();
    expect((await bootContext({ storage })).maintenance.isActive()).toBe(true);
    storage.faultyRead = throws;
    await expect(maintenance.refresh()).rejects.toBeInstanceOf(MaintenanceStorageError);
    expect(maintenance.isActive()).toBe(true);
  });

  it.each([
    ['open', false],
    ['closed', true],
  ] as const)('is judged by unknownState "%s" where no state is known', async (unknownState, isActive) => {
    const storage = new FaultyStorage();
    storage.faultyRead = throws;
    expect((await bootContext({ storage, unknownState })).maintenance.isActive()).toBe(isActive);
  });

  it.each(['enable', 'disable'] as const)(
    'makes a failed %s reject: nothing is swallowed',
    async (action) => {
      const storage = new FaultyStorage();
      const { maintenance } = await bootContext({ storage });
      if (action === 'disable') await maintenance.enable();
      storage.faultyWrite = throws;
      await expect(maintenance[action]()).rejects.toMatchObject({
        code: 'MAINTENANCE_STORAGE',
        cause: expect.objectContaining({ message: 'broken on purpose' }),
      });
      expect(maintenance.isActive()).toBe(action === 'disable');
    },
  );
});

describe('Parity 5: of two storages', () => {
  it.each<[string, () => [MemoryStorage | FileStorage, MemoryStorage | FileStorage]]>([
    ['in memory', () => [new MemoryStorage(), new MemoryStorage()]],
    [
      'in files',
      () => [new FileStorage({ path }), new FileStorage({ path: join(directory, 'second.json') })],
    ],
  ])('%s only the given one is read and written', async (_, create) => {
    const [first, second] = create();
    await first.write('1');
    const { maintenance } = await bootContext({ storage: second });
    expect(maintenance.isActive()).toBe(false);
    await maintenance.enable({ reason: 'the second' });
    expect(await first.read()).toMatchObject({ text: '1' });
    expect((await second.read())?.text).toContain('the second');
  });
});

describe('Parity 6: a storage', () => {
  it.each(['read', 'write'])('without %s is refused at boot', async (method) => {
    const whole = { name: 'mine', atomic: false, read: async () => null, write: async () => null };
    const storage = { ...whole, [method]: undefined } as unknown as FileStorage;
    await expect(bootContext({ storage })).rejects.toThrow(MaintenanceOptionsError);
    await expect(bootContext({ storage })).rejects.toMatchObject({ path: `storage.${method}` });
  });
});

describe('Parity 7: a path', () => {
  it('that cannot be read is an error with the path and the cause', async () => {
    const maintenance = await bootOnFile();
    await mkdir(path);
    const error: unknown = await maintenance.refresh().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'MAINTENANCE_STORAGE', cause: { code: 'EISDIR' } });
    expect(String(error)).toContain(path);
  });

  it('that cannot be written is an error with the path and the cause', async () => {
    await writeFile(join(directory, 'file'), '');
    path = join(directory, 'file', 'maintenance.json');
    const { maintenance } = await bootContext({ storage: new FileStorage({ path }) });
    const error: unknown = await maintenance.enable().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'MAINTENANCE_STORAGE', cause: { code: 'ENOTDIR' } });
    expect(String(error)).toContain(path);
  });
});

describe('Parity 8: a write', () => {
  it('replaces the previous file, keeps permissions, and leaves no other file', async () => {
    await writeFile(path, '1'.padEnd(5000));
    await chmod(path, 0o640);
    const maintenance = await bootOnFile();
    await maintenance.disable();
    const text = await readFile(path, 'utf8');
    expect(JSON.parse(text)).toBeInstanceOf(Object);
    expect(text.length).toBeLessThan(1000);
    expect((await stat(path)).mode & 0o777).toBe(0o640);
    expect(await readdir(directory)).toEqual(['maintenance.json']);
  });
});
