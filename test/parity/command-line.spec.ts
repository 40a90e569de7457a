import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FileStorage, type MaintenanceStatus } from '../../lib/index.js';
import { bootContext, closeContexts } from '../support/state-context.js';
import { makeDirectory, removeDirectories } from '../support/temporary-directory.js';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const START = new Date(Date.now() + 3_600_000).toISOString();
const END = new Date(Date.now() + 7_200_000).toISOString();

let path = '';
beforeEach(async () => void (path = join(await makeDirectory(), 'maintenance.json')));
afterEach(closeContexts);
afterEach(removeDirectories);

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command line as a process, on the file of the test unless the arguments name another. */
async function run(args: readonly string[], input = ''): Promise<Ended> {
  const all = [CLI, ...args, ...(args.includes('--file') || args.length === 0 ? [] : ['--file', path])];
  const limits = { timeout: 120_000, killSignal: 'SIGKILL' } as const;
  return new Promise((resolve) => {
    const child = execFile(process.execPath, all, { env: {}, ...limits }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    );
    child.stdin?.end(input);
  });
}

const succeed = async (args: readonly string[], input = ''): Promise<void> =>
  expect(await run(args, input)).toMatchObject({ code: 0, stderr: '' });

/** What an application on the same file finds. */
async function list(): Promise<readonly MaintenanceStatus[]> {
  return (await bootContext({ storage: new FileStorage({ path }) })).maintenance.list();
}

const status = async (): Promise<MaintenanceStatus | undefined> => (await list())[0];

describe('Parity 32: the command line', () => {
  it('turns it on and off', async () => {
    await succeed(['on']);
    expect(await run(['status'])).toMatchObject({ code: 10, stdout: expect.stringContaining(path) });
    await succeed(['off']);
    expect(await run(['status'])).toMatchObject({ code: 0 });
  });

  it.each([
    ['a missing argument', [], 'a command is missing'],
    ['an invalid argument', ['maybe'], '"maybe" is no command'],
    ['off --end', ['off', '--end', END], '--end belongs to on'],
    ['off --start', ['off', '--start', START], '--start belongs to on'],
  ])('refuses %s', async (_, args, why) => {
    await writeFile(path, '1');
    const { code, stdout, stderr } = await run(args);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(why);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(await readFile(path, 'utf8')).toBe('1');
  });

  it('says which file it could not write', async () => {
    await writeFile(path, '0');
    const beneath = join(path, 'state.json');
    const { code, stderr } = await run(['on', '--file', beneath]);
    expect(code).toBe(1);
    expect(stderr).toContain(beneath);
  });

  it('plans a schedule behind a plain on, which stays on until then', async () => {
    await writeFile(path, '1');
    await succeed(['on', '--start', START, '--end', END]);
    expect(await list()).toMatchObject([
      { state: 'active' },
      { state: 'scheduled', startsAt: new Date(START), endsAt: new Date(END) },
    ]);
  });

  it('sets a plain on over a schedule', async () => {
    await succeed(['on', '--start', START, '--end', END]);
    await succeed(['on']);
    expect(await status()).toMatchObject({ state: 'active', startsAt: null, endsAt: null });
  });

  it('clears a pending schedule with off', async () => {
    await succeed(['on', '--start', START]);
    expect(await status()).toMatchObject({ state: 'scheduled' });
    await succeed(['off']);
    expect(await status()).toMatchObject({ state: 'off', startsAt: null });
  });

  it.each([
    ['on', 'y\n', 'active', 0],
    ['on', 'n\n', 'off', 1],
    ['off', 'y\n', 'off', 0],
    ['off', 'n\n', 'active', 1],
  ])('%s --interactive asks first: %j leaves it %s and exits %i', async (command, answer, state, code) => {
    await writeFile(path, command === 'on' ? '0' : '1');
    const stderr = code === 0 ? '' : expect.stringContaining('Not confirmed: nothing was changed.\n');
    expect(await run([command, '--interactive'], answer)).toMatchObject({ code, stderr });
    expect(await status()).toMatchObject({ state });
  });

  it.each([
    ['on', 'active'],
    ['off', 'off'],
  ])('may be told %s twice', async (command, state) => {
    await succeed([command]);
    await succeed([command]);
    expect(await status()).toMatchObject({ state });
  });
});
