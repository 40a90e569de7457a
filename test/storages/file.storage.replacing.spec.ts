import {
  chmod,
  chown,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { FileStorage } from 'nestjs-maintenance-mode';
import { makeDirectory, removeDirectories } from '../support/temporary-directory.js';

const isRoot = process.getuid?.() === 0;
const TWO_MINUTES_MS = 120_000;

afterEach(removeDirectories);

describe('FileStorage replaces the file', () => {
  it.each([[0o600], [0o640], [0o664], [0o444]])('and keeps its mode %o', async (mode) => {
    const path = join(await makeDirectory(), 'state.json');
    await writeFile(path, '0');
    await chmod(path, mode);
    await new FileStorage({ path }).write('1');
    expect((await stat(path)).mode & 0o7777).toBe(mode);
    expect(await readFile(path, 'utf8')).toBe('1');
  });

  it('with the mode that the umask gives, if there was none', async () => {
    const directory = await makeDirectory();
    await writeFile(join(directory, 'other'), '');
    await new FileStorage({ path: join(directory, 'state.json') }).write('1');
    expect((await stat(join(directory, 'state.json'))).mode).toBe(
      (await stat(join(directory, 'other'))).mode,
    );
  });

  it('and keeps its owner and group', async () => {
    const path = join(await makeDirectory(), 'state.json');
    await writeFile(path, '0');
    // Only root can give a file away; everybody else at least keeps their own.
    if (isRoot) await chown(path, 12_345, 23_456);
    const { uid, gid } = await stat(path);
    await new FileStorage({ path }).write('1');
    expect(await stat(path)).toMatchObject({ uid, gid });
  });

  it("gives a new file to the directory's owner, so that what root writes stays readable for the application", async () => {
    const directory = await makeDirectory();
    if (isRoot) await chown(directory, 12_345, 23_456);
    const { uid, gid } = await stat(directory);
    await new FileStorage({ path: join(directory, 'state.json') }).write('1');
    expect(await stat(join(directory, 'state.json'))).toMatchObject({ uid, gid });
  });

  it.each([
    ['a link', async (directory: string) => symlink('target.json', join(directory, 'state.json'))],
    [
      'a link to a link',
      async (directory: string) => {
        await symlink(join(directory, 'target.json'), join(directory, 'second'));
        await symlink('second', join(directory, 'state.json'));
      },
    ],
  ])('behind %s, which stays a link', async (_, link) => {
    const directory = await makeDirectory();
    await link(directory);
    const path = join(directory, 'state.json');
    const pointsTo = await readlink(path);
    const storage = new FileStorage({ path });
    for (const text of ['made', 'replaced']) {
      await storage.write(text);
      expect((await lstat(path)).isSymbolicLink()).toBe(true);
      expect(await readlink(path)).toBe(pointsTo);
      expect(await readFile(join(directory, 'target.json'), 'utf8')).toBe(text);
    }
  });

  it('behind a relative link in a linked directory, where the kernel finds it', async () => {
    const directory = await makeDirectory();
    await mkdir(join(directory, 'real', 'deep'), { recursive: true });
    await symlink(join('real', 'deep'), join(directory, 'short'));
    await symlink(join('..', 'target.json'), join(directory, 'real', 'deep', 'state.json'));
    const storage = new FileStorage({ path: join(directory, 'short', 'state.json') });
    await storage.write('1');
    expect(await storage.read()).toEqual({ text: '1', version: null });
    expect(await readFile(join(directory, 'real', 'target.json'), 'utf8')).toBe('1');
  });

  it('and refuses links that lead in a circle', async () => {
    const path = join(await makeDirectory(), 'state.json');
    await symlink('state.json', path);
    await expect(new FileStorage({ path }).write('1')).rejects.toThrow(path);
    await expect(new FileStorage({ path }).read()).rejects.toMatchObject({ code: 'ELOOP' });
  });

  it('and leaves no temporary file behind', async () => {
    const directory = await makeDirectory();
    const storage = new FileStorage({ path: join(directory, 'state.json') });
    await Promise.all(Array.from({ length: 20 }, (_, index) => storage.write(`${index}`)));
    expect(await readdir(directory)).toEqual(['state.json']);
  });

  it('and removes what a killed writer left long ago, but nothing of a writer that is at work or of others', async () => {
    const directory = await makeDirectory();
    const longAgo = new Date(Date.now() - TWO_MINUTES_MS);
    const put = async (name: string, time: Date): Promise<void> => {
      await writeFile(join(directory, name), '');
      await utimes(join(directory, name), time, time);
    };
    await put('.state.json.0123456789ab.tmp', longAgo);
    await put('.state.json.ba9876543210.tmp', new Date());
    await put('.other.json.0123456789ab.tmp', longAgo);
    await put('state.json.backup', longAgo);
    await new FileStorage({ path: join(directory, 'state.json') }).write('1');
    expect((await readdir(directory)).toSorted()).toEqual([
      '.other.json.0123456789ab.tmp',
      '.state.json.ba9876543210.tmp',
      'state.json',
      'state.json.backup',
    ]);
  });

  it('in the order in which it is asked to', async () => {
    const path = join(await makeDirectory(), 'state.json');
    const storage = new FileStorage({ path });
    for (let round = 0; round < 30; round += 1) {
      const texts = Array.from({ length: 6 }, (_, index) => `${round}.${index}`);
      await Promise.all(texts.map((text) => storage.write(text)));
      expect(await readFile(path, 'utf8')).toBe(texts.at(-1));
    }
  });
});
