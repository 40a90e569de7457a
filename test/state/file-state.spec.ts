import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from '@jest/globals';
import { FileStorage, MaintenanceStorageError } from '../../lib/index.js';
import { runBuilt } from '../support/built.js';
import { bootContext, closeContexts, type StateContext } from '../support/state-context.js';
import { makeDirectory, removeDirectories } from '../support/temporary-directory.js';

const run = promisify(execFile);

afterEach(async () => {
  await closeContexts();
  await removeDirectories();
});

async function bootWithFile(text?: string): Promise<StateContext & { path: string }> {
  const path = join(await makeDirectory(), 'state.json');
  if (text !== undefined) await writeFile(path, text);
  return { path, ...(await bootContext({ storage: new FileStorage({ path }) })) };
}

describe('With the state in a file', () => {
  it('echo into it takes effect without a restart, and without waiting for a poll', async () => {
    const { path, maintenance, heard } = await bootWithFile();
    expect(maintenance.isActive()).toBe(false);
    await run('sh', ['-c', 'echo 1 > "$0"', path]);
    await heard('activated');
    expect(maintenance.isActive()).toBe(true);
    await run('sh', ['-c', 'echo 0 > "$0"', path]);
    await heard('deactivated');
    expect(maintenance.status()).toMatchObject({ state: 'off', revision: 2 });
  });

  it('the state is there again after a restart', async () => {
    const { path, maintenance, app } = await bootWithFile();
    const status = await maintenance.enable({ reason: 'Why', scope: 'billing' });
    await app.close();
    const again = await bootContext({ storage: new FileStorage({ path }) });
    expect(again.maintenance.status('billing')).toEqual(status);
  });

  it('deleting it means off, for scopes and windows, too', async () => {
    const { path, maintenance, events, heard } = await bootWithFile();
    await maintenance.enable({ scope: 'billing', startsAt: new Date(Date.now() + 1_000_000) });
    await maintenance.enable();
    await rm(path);
    await heard('deactivated');
    expect(maintenance.status('billing')).toMatchObject({ state: 'off', stale: false, revision: 3 });
    expect(events.map(({ type }) => type).toSorted()).toEqual([
      'activated',
      'announced',
      'cancelled',
      'deactivated',
      'scheduled',
    ]);
    await expect(readFile(path)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it.each(['', 'test', '2', '{"version":2}'])(
    '%j in it is an error that names the file, and not off',
    async (text) => {
      const { path, maintenance, heard } = await bootWithFile('1');
      await writeFile(path, text);
      expect(await heard('storage-failed')).toMatchObject({
        error: { message: expect.stringContaining(path) },
      });
      expect(maintenance.status()).toMatchObject({ state: 'active', stale: true });
      await writeFile(path, '0');
      await heard('deactivated');
    },
  );

  it('a change keeps the revision growing over what a person wrote into it', async () => {
    const { path, maintenance, heard } = await bootWithFile();
    await maintenance.enable();
    await writeFile(path, '0');
    await heard('deactivated');
    expect(await maintenance.enable()).toMatchObject({ state: 'active', revision: 3 });
  });

  it.each([
    ['a directory in its place', [''], 'EISDIR'],
    ['a file in the place of its directory', ['file', 'state.json'], 'ENOTDIR'],
  ])(
    '%s is an error that names the path and the cause, when it is read and when it is written',
    async (_, names, code) => {
      const directory = join(await makeDirectory(), 'directory');
      await mkdir(directory);
      await writeFile(join(directory, 'file'), '');
      const storage = new FileStorage({ path: join(directory, ...names) });
      const { maintenance } = await bootContext({ storage });
      for (const call of [() => maintenance.refresh(), () => maintenance.enable()]) {
        const error: unknown = await call().catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(MaintenanceStorageError);
        expect(error).toMatchObject({ message: expect.stringContaining(storage.location), cause: { code } });
      }
    },
  );

  it('a missing directory is off, and an error that names the path and the cause when it is written', async () => {
    const storage = new FileStorage({ path: join(await makeDirectory(), 'missing', 'state.json') });
    const { maintenance } = await bootContext({ storage });
    expect(await maintenance.refresh()).toMatchObject({ state: 'off', stale: false });
    const error: unknown = await maintenance.enable().catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      message: expect.stringContaining(storage.location),
      cause: { code: 'ENOENT' },
    });
  });

  it.each(['close', 'leave open'])('an application keeps no process alive: %s', async (ending) => {
    const path = join(await makeDirectory(), 'state.json');
    const { code, stdout, stderr } = await runBuilt('use-maintenance', path, ending);
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'done', stderr: '' });
    expect(await readFile(path, 'utf8')).toContain('"state": "on"');
  });
});
