import { execFile } from 'node:child_process';
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from '@jest/globals';
import { FileStorage } from 'nestjs-maintenance-mode';
import { makeDirectory, removeDirectories } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

const run = promisify(execFile);
const stops: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
  await removeDirectories();
});

/** Counts what the watch of a file tells. */
async function watching(path: string): Promise<{ calls: number }> {
  const heard = { calls: 0 };
  const watch = new FileStorage({ path });
  stops.push(
    await watch.watch(() => {
      heard.calls += 1;
    }),
  );
  return heard;
}

describe('FileStorage.watch', () => {
  it('hears every kind of change, one after the other', async () => {
    const directory = await makeDirectory();
    const path = join(directory, 'state.json');
    const heard = await watching(path);
    const changes: [what: string, change: () => Promise<unknown>][] = [
      ['echo makes the file', () => run('sh', ['-c', 'echo 1 > "$0"', path])],
      ['echo writes into it', () => run('sh', ['-c', 'echo 0 > "$0"', path])],
      ['a storage replaces it', () => new FileStorage({ path }).write('1')],
      ['echo writes into the replaced file', () => run('sh', ['-c', 'echo 0 > "$0"', path])],
      [
        'an editor moves a file over it',
        async () => {
          await writeFile(join(directory, 'draft'), '1');
          await rename(join(directory, 'draft'), path);
        },
      ],
      ['it is moved away', () => rename(path, join(directory, 'away'))],
      ['it is moved back', () => rename(join(directory, 'away'), path)],
      ['it is deleted', () => rm(path)],
      ['it is there again', () => writeFile(path, '1')],
    ];
    for (const [what, change] of changes) {
      const { calls } = heard;
      await change();
      await until(what, () => heard.calls > calls);
    }
  });

  it('does not hear what happens to other files of the directory', async () => {
    const directory = await makeDirectory();
    const path = join(directory, 'state.json');
    const heard = await watching(path);
    const others = await watching(join(directory, 'other.json'));
    await writeFile(join(directory, 'other.json'), '1');
    await until('the other file was heard of', () => others.calls > 0);
    expect(heard.calls).toBe(0);
  });

  it('hears changes of the file behind a link', async () => {
    const [directory, elsewhere] = [await makeDirectory(), await makeDirectory()];
    await symlink(join(elsewhere, 'target.json'), join(directory, 'state.json'));
    const heard = await watching(join(directory, 'state.json'));
    await writeFile(join(elsewhere, 'target.json'), '1');
    await until('the change behind the link', () => heard.calls > 0);
  });

  it('hears changes again after the directory itself was replaced', async () => {
    const directory = join(await makeDirectory(), 'state');
    await mkdir(directory);
    const path = join(directory, 'state.json');
    const heard = await watching(path);
    await rm(directory, { recursive: true });
    await mkdir(directory);
    const { calls } = heard;
    let text = 0;
    await until('a change in the new directory', async () => {
      text += 1;
      await writeFile(path, `${text}`);
      return heard.calls > calls;
    });
  });

  it('rejects if there is no directory to watch', async () => {
    const path = join(await makeDirectory(), 'missing', 'state.json');
    await expect(new FileStorage({ path }).watch(() => undefined)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
