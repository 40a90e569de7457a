import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Ended } from '../support/built.js';
import { command, killCommands } from '../support/command-line.js';
import { makeDirectory, removeDirectories } from '../support/temporary-directory.js';

let directory: string;

beforeEach(async () => {
  directory = await makeDirectory();
});

afterEach(async () => {
  await killCommands();
  await removeDirectories();
});

const run = async (...args: string[]) => command(directory, ...args);

function expectOneLine({ code, stdout, stderr }: Ended, message: string | RegExp): void {
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^nestjs-maintenance-mode: [^\n]+\n$/);
  expect(stderr).toMatch(message);
}

/** What parseArguments refuses; arguments.spec.ts has the rest of them. */
describe('a mistake', () => {
  it.each([
    [[], 'on, off, status, list, update, extend, history, run or page'],
    [['statsu'], 'did you mean "status"?'],
    [['on', '--reson', 'R'], 'did you mean "--reason"?'],
    [['off', '--al'], 'did you mean "--all"?'],
    [['on', '--frobnicate'], '--frobnicate'],
    [['off', '--end', '2099-01-01T00:00:00Z'], '--end'],
    [['on', '--end', '2001-01-01T00:00:00Z'], '2001-01-01T00:00:00.000Z'],
    [['on', '--start', '2099-01-02T00:00:00Z', '--end', '2099-01-01T00:00:00Z'], '2099-01-02T00:00:00.000Z'],
    [['on', '--file', 'missing/state.json'], 'missing/state.json'],
  ])('%j exits with 1 and one line that says %j, and changes nothing', async (args, message) => {
    expectOneLine(await run(...args), message);
    expect(await readdir(directory)).toEqual([]);
  });

  it.each(['on', 'off', 'status'])('%s names a directory that stands in place of the file', async (name) => {
    const path = join(directory, 'maintenance-state.json');
    await mkdir(path);
    expectOneLine(await run(name), path);
    expect(await readdir(directory)).toEqual(['maintenance-state.json']);
    expect(await readdir(path)).toEqual([]);
  });

  it('is text that does not parse if status is asked, or a scope', async () => {
    await writeFile(join(directory, 'state.json'), 'garbage');
    expectOneLine(await run('status', '--file', 'state.json'), 'garbage');
    expectOneLine(await run('on', '--scope', 'billing', '--file', 'state.json'), 'garbage');
    expect(await readFile(join(directory, 'state.json'), 'utf8')).toBe('garbage');
  });

  it('starts no command if maintenance cannot be turned on', async () => {
    const script = 'require("node:fs").writeFileSync("started", "")';
    expectOneLine(
      await run('run', '--file', 'missing/state.json', '--', process.execPath, '-e', script),
      'missing',
    );
    expect(await readdir(directory)).toEqual([]);
  });
});

describe('help', () => {
  it.each([[['--help']], [['run', '-h']]])('%j explains all commands and options', async (args) => {
    const { code, stdout, stderr } = await run(...args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const options =
      '--reason --note --start --end --for --announce --read-only --allow-ip --full --wait-for --drain --scope --all --by ' +
      '--with-bypass --interactive --json --limit --out --language --file --config --url --header --help --version';
    const commands = ['on', 'off', 'status', 'list', 'update', 'extend', 'history', 'run', 'page'];
    for (const word of [...commands, ...options.split(' ')]) {
      expect(stdout).toMatch(new RegExp(`^  ${word}\\b|, ${word}\\b`, 'm'));
    }
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(110);
  });

  it('--version is that of the package', async () => {
    const manifest = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
    const { version } = JSON.parse(manifest) as { version: string };
    expect(await run('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });
});
