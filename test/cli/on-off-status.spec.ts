import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parseRecord } from '../../lib/state/record-format.js';
import { answered, command, killCommands, startCommand, stateIn } from '../support/command-line.js';
import { closeContexts } from '../support/state-context.js';
import { makeDirectory, removeDirectories } from '../support/temporary-directory.js';

let directory: string;
let file: string;

beforeEach(async () => {
  directory = await makeDirectory();
  file = join(directory, 'maintenance-state.json');
});

afterEach(async () => {
  await killCommands();
  await closeContexts();
  await removeDirectories();
});

const run = async (...args: string[]) => command(directory, ...args);
describe('on, off and status', () => {
  it('say what holds and where it is kept, and status exits with 0, 10 and 0', async () => {
    expect(await run('status')).toEqual({
      code: 0,
      stdout: `Maintenance is off. Storage: file ${file}\n`,
      stderr: '',
    });
    const on = await run('on', '--reason', 'Moving house');
    expect(on).toMatchObject({ code: 0, stderr: '' });
    expect(on.stdout).toMatch(/^Maintenance is active, for "Moving house", by ".+"\. Storage: file .+\n$/);
    expect(await run('status')).toEqual({ ...on, code: 10 });
    const off = await run('off');
    expect(off).toMatchObject({ code: 0, stderr: '' });
    expect(off.stdout).toContain('Maintenance is off');
    expect((await run('status')).code).toBe(0);
  });

  it('change nothing where there is nothing to change: off twice leaves the file as it is', async () => {
    expect((await run('off')).code).toBe(0);
    await expect(readFile(file)).rejects.toThrow('ENOENT');
    await run('on');
    expect((await run('on')).code).toBe(0);
    await run('off');
    const text = await readFile(file, 'utf8');
    expect((await run('off')).code).toBe(0);
    expect(await readFile(file, 'utf8')).toBe(text);
  });

  it('tell programs with --json', async () => {
    await run(
      'on',
      '--reason',
      'a "b"',
      '--read-only',
      '--start',
      '2099-01-01T01:00:00+01:00',
      '--for',
      '1h30m',
    );
    const { code, stdout } = await run('status', '--json');
    expect(code).toBe(11);
    expect(JSON.parse(stdout)).toMatchObject({
      state: 'scheduled',
      mode: 'read-only',
      scope: null,
      reason: 'a "b"',
      startsAt: '2099-01-01T00:00:00.000Z',
      endsAt: '2099-01-01T01:30:00.000Z',
      revision: 1,
      stale: false,
      storage: `file ${file}`,
    });
  });

  it('--for begins now', async () => {
    const earliest = Date.now() + 30 * 60_000;
    await run('on', '--for', '30m');
    const { state, startsAt, endsAt } = await stateIn(directory);
    expect({ state, startsAt }).toEqual({ state: 'active', startsAt: null });
    expect(endsAt?.getTime()).toBeGreaterThanOrEqual(earliest);
    expect(endsAt?.getTime()).toBeLessThanOrEqual(Date.now() + 30 * 60_000);
  });

  it('replace a schedule by a plain on, a plain on by a schedule, and off clears a schedule', async () => {
    const startsAt = new Date('2099-01-01T00:00:00Z');
    const scheduled = await run('on', '--start', '2099-01-01T00:00:00Z');
    expect(scheduled.stdout).toContain('Maintenance is scheduled, from 2099-01-01T00:00:00.000Z, by');
    expect(await stateIn(directory)).toMatchObject({ state: 'scheduled', startsAt, endsAt: null });
    await run('on');
    expect(await stateIn(directory)).toMatchObject({ state: 'active', startsAt: null, endsAt: null });
    await run('on', '--end', '2099-01-01T00:00:00Z');
    expect(await stateIn(directory)).toMatchObject({ state: 'active', startsAt: null, endsAt: startsAt });
    await run('on', '--start', '2099-01-01T00:00:00Z', '--end', '2099-01-02T00:00:00Z');
    expect(await stateIn(directory)).toMatchObject({ state: 'scheduled', startsAt });
    await run('off');
    expect(await stateIn(directory)).toMatchObject({ state: 'off', startsAt: null });
    expect(parseRecord(await readFile(file, 'utf8')).application).toMatchObject({
      state: 'off',
      startsAt: null,
    });
  });

  it('--scope is about that scope alone, and sees the application', async () => {
    expect((await run('on', '--scope', 'billing')).stdout).toContain('Maintenance of "billing" is active');
    expect(await stateIn(directory)).toMatchObject({ state: 'off' });
    expect(await stateIn(directory, 'shop')).toMatchObject({ state: 'off' });
    expect((await run('status', '--scope', 'billing')).code).toBe(10);
    await run('off', '--scope', 'billing');
    expect(await stateIn(directory, 'billing')).toMatchObject({ state: 'off' });
    await run('on');
    expect((await run('status', '--scope', 'billing')).code).toBe(10);
  });

  it.each([
    ['1', 10],
    ['{"start": "2099-01-01T00:00:00+00:00", "end": null}', 11],
    ['{"start": null, "end": "2001-01-01T00:00:00+00:00"}', 0],
  ])('understand what django-maintenance-mode has written: %j exits with %i', async (text, code) => {
    await writeFile(file, text);
    expect(await run('status')).toMatchObject({ code, stderr: '' });
  });

  it.each(['on', 'off'])('%s replaces text that nobody understands, with a warning', async (name) => {
    await writeFile(file, 'garbage');
    const { code, stderr } = await run(name);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^nestjs-maintenance-mode: .+"garbage"\. It is replaced\.\n$/);
    expect(parseRecord(await readFile(file, 'utf8')).application.state).toBe(name);
  });
});

describe('--interactive', () => {
  it.each([
    ['on', 'y\n', 'on'],
    ['on', 'sure, y\n', 'off'],
    ['on', '', 'off'], // the end of the input
    ['off', 'YES\n', 'off'],
    ['off', 'n\n', 'on'],
    ['off', '\n', 'on'],
  ])('%s, answered with %j, leaves maintenance %s', async (name, answer, state) => {
    await writeFile(file, name === 'on' ? '0' : '1');
    const { stdout, ...ended } = await answered(directory, answer, name, '--interactive');
    expect(ended).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`Turn maintenance ${name}? (y/N) `);
    expect(stdout.includes('Nothing was changed.')).toBe(state !== name);
    expect(parseRecord(await readFile(file, 'utf8')).application.state).toBe(state);
  });
});

describe('the output', () => {
  it('may be closed by who reads it: what was asked for is done, without a word', async () => {
    const started = startCommand(directory, 'on', '--interactive');
    await started.printed('(y/N)');
    const closed = once(started.process.stdout, 'close');
    started.process.stdout.destroy();
    await closed;
    started.process.stdin.write('y\n');
    expect(await started.end()).toMatchObject({ code: 0, stderr: '' });
    expect(await stateIn(directory)).toMatchObject({ state: 'active' });
  });
});
