import { execFile } from 'node:child_process';
import { mkdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from '@jest/globals';
import { FileStorage } from 'nestjs-maintenance-mode';
import { bootContext, closeContexts, type StateContext } from '../support/state-context.js';
import { makeDirectory, removeDirectories } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

const run = promisify(execFile);
const PATIENCE_MS = 30_000;
const sync = { pollIntervalMs: 20, timeoutMs: 10_000 };

afterEach(async () => {
  await closeContexts();
  await removeDirectories();
});

async function makePath(): Promise<string> {
  return join(await makeDirectory(), 'shared', 'state.json');
}

const boot = (path: string): Promise<StateContext> =>
  bootContext({ storage: new FileStorage({ path }), sync });

/** Puts another directory in the place of the file's, in one step: the file is never just missing, which would mean off. */
async function mount(directory: string, path: string): Promise<void> {
  const link = `${directory}.link`;
  await symlink(directory, link);
  await rename(link, dirname(path));
}

/** What can stand in the place of the file, and how it gets there. */
const OUTAGES: [what: string, make: (path: string) => Promise<unknown>][] = [
  ['a directory stands in its place', (path) => mkdir(path)],
  ['a named pipe stands in its place, into which nobody ever writes', (path) => run('mkfifo', [path])],
  ['it is too large for a state', (path) => writeFile(path, Buffer.alloc(5 * 1024 * 1024, ' '))],
  ['it has become garbage', (path) => writeFile(path, Buffer.from([0, 255, 254, 123, 0]))],
];

describe.each(OUTAGES)('A state file, while %s,', (_, makeBad) => {
  async function makeBoth(): Promise<{ path: string; good: string; bad: string }> {
    const path = await makePath();
    const [good, bad] = [join(dirname(path), '../good'), join(dirname(path), '../bad')];
    await Promise.all([mkdir(good), mkdir(bad)]);
    await makeBad(join(bad, 'state.json'));
    return { path, good, bad };
  }

  it('leaves the last known state, tells it once, and is followed again when it is back', async () => {
    const { path, good, bad } = await makeBoth();
    await mount(good, path);
    const { maintenance, events, logs, heard } = await boot(path);
    await maintenance.enable({ reason: 'Last known' });
    await mount(bad, path);
    await until('the failure', () => maintenance.status().stale, PATIENCE_MS);
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await expect(maintenance.refresh()).rejects.toMatchObject({ code: 'MAINTENANCE_STORAGE' });
    }
    expect(maintenance.status()).toMatchObject({
      state: 'active',
      reason: 'Last known',
      stale: true,
      revision: 1,
    });
    await mount(good, path);
    await until('the recovery', () => !maintenance.status().stale, PATIENCE_MS);
    expect(maintenance.status()).toMatchObject({ state: 'active', reason: 'Last known', revision: 1 });
    await heard('storage-recovered');
    expect(events.map(({ type }) => type)).toEqual(['activated', 'storage-failed', 'storage-recovered']);
    expect(logs.filter((line) => line.startsWith('error'))).toHaveLength(1);
  });

  it('keeps no application from booting, and is followed once it is there', async () => {
    const { path, good, bad } = await makeBoth();
    await mount(bad, path);
    const { maintenance } = await boot(path);
    expect(maintenance.status()).toMatchObject({ state: 'off', stale: true });
    await writeFile(join(good, 'state.json'), '1');
    await mount(good, path);
    await until('the state', () => maintenance.isActive(), PATIENCE_MS);
    expect(maintenance.status().stale).toBe(false);
  });
});

describe('A state file in a directory that is not there when the application boots', () => {
  it('is followed once the volume is there', async () => {
    const path = await makePath();
    const { maintenance, heard } = await boot(path);
    expect(maintenance.status()).toMatchObject({ state: 'off', stale: false });
    await mkdir(dirname(path));
    await writeFile(path, '1');
    await heard('activated');
    await expect(maintenance.disable()).resolves.toMatchObject({ state: 'off' });
  });
});

describe('Two instances that write the same file at once', () => {
  it('both are told that they have written, the text is whole, and they end with the same state', async () => {
    const path = await makePath();
    await mkdir(dirname(path));
    const [one, other] = [await boot(path), await boot(path)];
    const toggle = async ({ maintenance }: StateContext, name: string): Promise<void> => {
      for (let round = 0; round < 25; round += 1) {
        await maintenance.enable({ reason: `${name} ${round}` });
        expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ version: 1 });
      }
    };
    await Promise.all([toggle(one, 'one'), toggle(other, 'other')]);
    const { application } = JSON.parse(await readFile(path, 'utf8')) as { application: { reason: string } };
    expect(['one 24', 'other 24']).toContain(application.reason);
    for (const { maintenance, events } of [one, other]) {
      await until(
        'the state of the file',
        () => maintenance.status().reason === application.reason,
        PATIENCE_MS,
      );
      expect(events.map(({ type }) => type)).not.toContain('storage-failed');
    }
  });
});
