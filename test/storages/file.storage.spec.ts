import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { FileStorage } from 'nestjs-maintenance-mode';
import { describeMaintenanceStorage } from 'nestjs-maintenance-mode/testing';
import { makeDirectory, removeDirectories } from '../support/temporary-directory.js';

afterEach(removeDirectories);

describeMaintenanceStorage(
  'FileStorage',
  async () => {
    const directory = await makeDirectory();
    const path = join(directory, 'state.json');
    return {
      connect: () => new FileStorage({ path }),
      connectBroken: async () => {
        await writeFile(join(directory, 'file'), '');
        return new FileStorage({ path: join(directory, 'file', 'state.json') });
      },
    };
  },
  { describe, it },
);

describe('FileStorage', () => {
  it('reads a missing file as nothing, and does not create it', async () => {
    const path = join(await makeDirectory(), 'state.json');
    expect(await new FileStorage({ path }).read()).toBeNull();
    expect(existsSync(path)).toBe(false);
  });

  it('keeps the state in maintenance-state.json of the working directory unless told otherwise', () => {
    expect(relative(process.cwd(), new FileStorage().location)).toBe('maintenance-state.json');
  });

  it('says where it is by the absolute path', async () => {
    const path = join(await makeDirectory(), 'state.json');
    expect(new FileStorage({ path: relative(process.cwd(), path) }).location).toBe(path);
  });

  it.each([[''], [7], [null], [new URL('file:///state.json')]])('refuses %p as a path', (path) => {
    expect(() => Reflect.construct(FileStorage, [{ path }])).toThrow(/^FileStorage\.path: expected/);
  });

  it('takes a path with spaces and characters beyond ASCII', async () => {
    const directory = join(await makeDirectory(), 'état de la maintenance 🛠️');
    await mkdir(directory);
    const storage = new FileStorage({ path: join(directory, "l'état.json") });
    await storage.write('1');
    expect(await storage.read()).toEqual({ text: '1', version: null });
  });

  it('tells by the error what stands in the place of the file', async () => {
    const path = await makeDirectory();
    const error: unknown = await new FileStorage({ path }).read().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ message: expect.stringContaining(path), code: 'EISDIR' });
  });

  it.each([
    ['a directory in the place of the file', 'directory', 'EISDIR'],
    ['a missing directory', join('missing', 'state.json'), 'ENOENT'],
    ['a file in the place of the directory', join('file', 'state.json'), 'ENOTDIR'],
  ])('rejects a write over %s, and leaves nothing behind', async (_, name, code) => {
    const directory = await makeDirectory();
    await mkdir(join(directory, 'directory'));
    await writeFile(join(directory, 'file'), 'a file');
    const error: unknown = await new FileStorage({ path: join(directory, name) })
      .write('1')
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      message: expect.stringContaining(join(directory, name.split('/')[0] ?? '')),
      code,
    });
    expect((await readdir(directory)).toSorted()).toEqual(['directory', 'file']);
  });

  it('reads what one may write, and no more than the beginning of a file that is too large for a state', async () => {
    const path = join(await makeDirectory(), 'state.json');
    const mebibytes4 = 4 * 1024 * 1024;
    await writeFile(path, Buffer.alloc(mebibytes4, ' '));
    expect((await new FileStorage({ path }).read())?.text).toHaveLength(mebibytes4);
    // What is read of it is no record, and can be replaced: see test/state/record-limits.spec.ts.
    await writeFile(path, Buffer.alloc(mebibytes4 + 1, ' '));
    expect((await new FileStorage({ path }).read())?.text).toHaveLength(mebibytes4);
  });
});
