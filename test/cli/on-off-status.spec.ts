import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parseRecord } from '../../lib/state/record-format.js';
import { commandWith, expectError } from '../support/cli-servers.js';
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
  it('say what is on and in which place, and status exits with 0, 10 and 0', async () => {
    expect(await run('status')).toEqual({
      code: 0,
      stdout: `Maintenance of the whole application is off.\nStorage: file ${file} (the file did not exist)\n`,
      stderr: '',
    });
    const on = await run('on', '--reason', 'Moving house');
    expect(on).toMatchObject({ code: 0, stderr: '' });
    expect(on.stdout).toMatch(
      /^Maintenance of the whole application is active, full, since \S+Z \(now\), for "Moving house", by ".+"\.\n/,
    );
    expect(on.stdout).toContain('\nIt has no end: it stays on until it is turned off.\n');
    expect(on.stdout).toContain(`\nStorage: file ${file} (the file did not exist)\n`);
    const status = await run('status');
    expect(status).toMatchObject({ code: 10, stderr: '' });
    expect(status.stdout).toMatch(/ is active, full, since .+\.\nStorage: file [^(\n]+\n$/);
    const off = await run('off');
    expect(off).toMatchObject({ code: 0, stderr: '' });
    expect(off.stdout).toMatch(
      /^Maintenance of the whole application is off\.\nBefore: active, full, .*\.\nStorage: /,
    );
    expect((await run('off')).stdout).toContain('\nIt was off before.\n');
    expect((await run('status')).code).toBe(0);
  });

  it('change nothing if there is nothing to change: off twice leaves the file as it is', async () => {
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
    expect(scheduled.stdout).toContain('is scheduled, full, from 2099-01-01T00:00:00Z (in ');
    expect(await stateIn(directory)).toMatchObject({ state: 'scheduled', startsAt, endsAt: null });
    await run('on');
    expect(await stateIn(directory)).toMatchObject({ state: 'active', startsAt: null, endsAt: null });
    await run('on', '--end', '2099-01-01T00:00:00Z');
    expect(await stateIn(directory)).toMatchObject({ state: 'active', startsAt: null, endsAt: startsAt });
    await run('off');
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
    expect((await run('on', '--scope', 'billing')).stdout).toContain(
      'Maintenance of the scope "billing" is active, full',
    );
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

  it.each(['on', 'off'])('%s replaces text that does not parse, with a warning', async (name) => {
    await writeFile(file, 'garbage');
    const { code, stdout, stderr } = await run(name);
    expect(code).toBe(0);
    expect(stdout).not.toContain('efore');
    expect(stderr).toMatch(/^nestjs-maintenance-mode: .+"garbage"\. It is replaced\.\n$/);
    expect(parseRecord(await readFile(file, 'utf8')).application.state).toBe(name);
  });
});

describe('the answers', () => {
  it('on says what it replaced, and update what it changed', async () => {
    await run('on', '--start', '2099-01-01T00:00:00Z', '--reason', 'Later');
    const on = await run('on', '--for', '1h');
    expect(on.stdout).toContain('\nBefore: scheduled, full, from 2099-01-01T00:00:00Z');
    expect(on.stdout).not.toContain('It has no end');
    const update = await run('update', '--reason', 'Now', '--end', 'never');
    expect(update.stdout).toMatch(
      /is active, full, since \S+Z \(.+\), for "Now", by ".+"\.\nBefore: active, full, .*until/,
    );
    expect(update.stdout).toContain('It has no end');
  });

  it('a later start while it is on is the next stage: nothing is replaced, and both are listed', async () => {
    await run('on', '--read-only', '--for', '1h');
    const { stdout } = await run('on', '--start', '+10m', '--for', '20m');
    expect(stdout).toMatch(
      /^Maintenance of .* is active, read-only, .*\nMaintenance of .* is scheduled, full, from .*\nStorage: /,
    );
    expect((await run('list')).stdout).toMatch(/: active, read-only, .*\n.*: scheduled, full, /);
    expect(await stateIn(directory)).toMatchObject({ state: 'active', mode: 'read-only' });
  });

  it('status says since when, also after an update', async () => {
    await run('on', '--for', '1h');
    const { since } = JSON.parse((await run('status', '--json')).stdout) as { since: string };
    await run('update', '--reason', 'Later');
    expect(JSON.parse((await run('status', '--json')).stdout)).toMatchObject({ since, reason: 'Later' });
  });

  it('name what is still on elsewhere', async () => {
    await run('on', '--scope', 'billing', '--read-only');
    const off = await run('off');
    expect(off.stdout).toContain('\nAlso on: the scope "billing" (active, read-only, since');
    expect((await run('status')).stdout).toContain('\nAlso on: the scope "billing" (active');
    await run('on');
    expect((await run('off', '--scope', 'billing')).stdout).toContain(
      '\nAlso on: the whole application (active, full',
    );
  });

  it('name a scope that was never on, and the nearest that was', async () => {
    await run('on', '--scope', 'billing');
    await run('off', '--scope', 'billing');
    for (const name of ['off', 'status']) {
      expect((await run(name, '--scope', 'biling')).stdout).toContain(
        'the scope "biling" was never on; did you mean "billing"?\n',
      );
      expect((await run(name, '--scope', 'billing')).stdout).not.toContain('never on');
    }
  });

  it('off --all ends the application and every scope', async () => {
    await run('on', '--scope', 'billing');
    await run('on', '--scope', 'search');
    const { code, stdout } = await run('off', '--all');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /and of every scope is off\.\nBefore: the scope "billing" \(active.*; the scope "search" \(/,
    );
    expect((await run('list')).stdout).toMatch(/^the whole application: off\nStorage: /);
  });
});

describe('extend', () => {
  it('moves the end on, and keeps the rest', async () => {
    await run('on', '--end', '2099-01-01T00:00:00Z', '--reason', 'X');
    expect((await run('extend', '90m')).stdout).toContain('until 2099-01-01T01:30:00Z');
    expect(await stateIn(directory)).toMatchObject({ reason: 'X', endsAt: new Date('2099-01-01T01:30:00Z') });
  });

  it.each([
    ['where nothing is on', [], 'neither on nor scheduled: turn it on with "on"'],
    ['where it has no end', ['on'], 'no end'],
  ])('fails %s', async (_, first, message) => {
    if (first.length > 0) await run(...first);
    expectError(await run('extend', '30m'), message);
  });
});

describe('history', () => {
  it('shows who did what, when, why and by which way, the newest first', async () => {
    await run('on', '--reason', 'R', '--note', 'ticket 4711', '--by', 'ann', '--for', '1h');
    await run('off', '--note', 'done', '--by', 'bob');
    const { code, stdout } = await run('history');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      new RegExp(
        String.raw`^\S+Z  the whole application: off, note "done", by "bob", via cli\n` +
          String.raw`\S+Z  the whole application: on, full, until \S+Z, for "R", note "ticket 4711", by "ann", via cli\n` +
          'Storage: ',
      ),
    );
    expect(JSON.parse((await run('history', '--json', '--limit', '1')).stdout)).toMatchObject([
      { action: 'off', note: 'done', by: 'bob', via: 'cli' },
    ]);
  });

  it('says so if there is none', async () => {
    expect((await run('history')).stdout).toMatch(/^No change is recorded\.\nStorage: /);
  });
});

describe('the author', () => {
  it('is --by, else the caller of sudo, else the user', async () => {
    await run('on', '--by', 'ann');
    expect((await stateIn(directory)).by).toBe('ann');
    await commandWith({ SUDO_USER: 'dora' }, directory, 'on');
    expect((await stateIn(directory)).by).toBe('dora');
    await commandWith({ SUDO_USER: '' }, directory, 'on');
    expect((await stateIn(directory)).by).toBe(userInfo().username);
  });
});

describe('the door for those who work behind it', () => {
  it('--allow-ip lets addresses in', async () => {
    expect((await run('on', '--allow-ip', '10.0.0.0/8', '--allow-ip', '::1')).code).toBe(0);
    expect(parseRecord(await readFile(file, 'utf8')).application.allow).toEqual(['10.0.0.0/8', '::1']);
  });

  it('--with-bypass prints a link once, of which the file has no secret', async () => {
    const { stdout } = await run('on', '--with-bypass');
    const [, secret = ''] =
      /^Bypass, shown only now: \/maintenance-mode\/bypass\/([\w-]{16,100})$/m.exec(stdout) ?? [];
    expect(secret).not.toBe('');
    expect(await readFile(file, 'utf8')).not.toContain(secret);
  });
});

describe('--interactive', () => {
  it.each([
    ['on', 'y\n', 'on'],
    ['off', 'YES\n', 'off'],
  ])('%s, answered with %j, turns maintenance %s', async (name, answer, state) => {
    await writeFile(file, name === 'on' ? '0' : '1');
    const { code, stdout, stderr } = await answered(directory, answer, name, '--interactive');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`Turn maintenance ${name}? (y/N) `);
    expect(parseRecord(await readFile(file, 'utf8')).application.state).toBe(state);
  });

  it.each([
    ['on', 'sure, y\n', 'Not confirmed'],
    ['on', '', 'needs somebody to answer'], // the end of the input
    ['off', 'n\n', 'Not confirmed'],
    ['off', '\n', 'Not confirmed'],
  ])('%s, answered with %j, exits with 1 and changes nothing: %s', async (name, answer, message) => {
    const text = name === 'on' ? '0' : '1';
    await writeFile(file, text);
    const { code, stdout, stderr } = await answered(directory, answer, name, '--interactive');
    expect({ code, stdout }).toEqual({ code: 1, stdout: `Turn maintenance ${name}? (y/N) ` });
    expect(stderr).toMatch(/^nestjs-maintenance-mode: .*nothing was changed\.\n$/);
    expect(stderr).toContain(message);
    expect(await readFile(file, 'utf8')).toBe(text);
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
