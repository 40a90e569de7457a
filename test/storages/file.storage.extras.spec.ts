import { execFile } from 'node:child_process';
import { readFile, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from '@jest/globals';
import { FileStorage } from 'nestjs-maintenance-mode';
import { runBuilt, scriptOf } from '../support/built.js';
import { bootContext, closeContexts } from '../support/state-context.js';
import { makeDirectory, removeDirectories } from '../support/temporary-directory.js';

afterEach(async () => {
  await closeContexts();
  await removeDirectories();
});

const run = promisify(execFile);
const PERMISSION = process.allowedNodeEnvironmentFlags.has('--permission')
  ? '--permission'
  : '--experimental-permission';

describe('A state file is written', () => {
  it('on file handles that can neither change a mode or an owner, nor sync', async () => {
    const path = join(await makeDirectory(), 'state.json');
    await writeFile(path, '');
    const { stdout, stderr } = await runBuilt('write-file', path, 'bare');
    expect({ stdout, stderr }).toEqual({ stdout: '1', stderr: '' });
    expect(await readFile(path, 'utf8')).toBe('1');
  });

  it("under node's permission model", async () => {
    const directory = await realpath(await makeDirectory());
    const path = join(directory, 'state.json');
    const flags = [PERMISSION, '--allow-fs-read=*', `--allow-fs-write=${directory}/*`];
    const { stdout } = await run(process.execPath, [...flags, scriptOf('write-file'), path]);
    expect(stdout).toBe('1');
  });
});

describe('Megabytes of garbage in the state file', () => {
  it.each([
    ['enable', 'active'],
    ['disable', 'off'],
  ] as const)('are replaced by %s of the whole application', async (method, state) => {
    const path = join(await makeDirectory(), 'state.json');
    await writeFile(path, Buffer.alloc(5 * 1024 * 1024, 'x'));
    const { maintenance } = await bootContext({
      storage: new FileStorage({ path }),
      sync: { timeoutMs: 10_000 },
    });
    expect(maintenance.status()).toMatchObject({ stale: true });
    expect(await maintenance[method]()).toMatchObject({ state, stale: false });
    expect(await maintenance.refresh()).toMatchObject({ state, stale: false });
    expect((await readFile(path, 'utf8')).length).toBeLessThan(1_000);
  });
});
