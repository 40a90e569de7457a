import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FileStorage, type MaintenanceStatus } from '../../lib/index.js';
import { UNTIL_INPUT_ENDS, UNTIL_SIGNAL } from '../support/cli-scripts.js';
import {
  command,
  killCommands,
  makeProject,
  type RunningCommand,
  startCommand,
  stateIn,
} from '../support/command-line.js';
import { bootContext, closeContexts } from '../support/state-context.js';
import { removeDirectories } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

const SCHEDULE = '{"start": "2099-01-01T00:00:00.000Z", "end": null}';

let directory: string;
let file: string;

beforeEach(async () => {
  directory = await makeProject();
  file = join(directory, 'maintenance-state.json');
});

afterEach(async () => {
  await killCommands();
  await closeContexts();
  await removeDirectories();
});

const run = async (...args: string[]) => command(directory, 'run', ...args);

const state = async (scope?: string): Promise<MaintenanceStatus> => stateIn(directory, scope);

async function atWork(script: string, ...options: string[]): Promise<RunningCommand> {
  const started = startCommand(directory, 'run', ...options, '--', process.execPath, '-e', script);
  await started.printed('at work');
  return started;
}

/** What it says first: that it is on, and in which storage, and if it has no end. */
const ANNOUNCED =
  /^nestjs-maintenance-mode: Maintenance is on while the command runs\. Storage: (.+)\n(?:nestjs-maintenance-mode: It has no end: .+\n)?/;

/** What it says after that. */
function later(stderr: string): string {
  const [announced = '', storage] = ANNOUNCED.exec(stderr) ?? [];
  expect(storage?.replace(' (the file did not exist)', '')).toBe(`file ${file}`);
  return stderr.slice(announced.length);
}

describe('run', () => {
  it('has maintenance on while the command runs, and off afterwards', async () => {
    const started = await atWork(UNTIL_INPUT_ENDS, '--reason', 'Migration');
    expect(await state()).toMatchObject({ state: 'active', reason: 'Migration', endsAt: null });
    const { code, stdout, stderr } = await started.end();
    expect({ code, stdout, later: later(stderr) }).toEqual({ code: 0, stdout: 'at work\n', later: '' });
    expect(stderr).toContain('It has no end: it stays on until it is turned off.');
    expect(await state()).toMatchObject({ state: 'off' });
    expect((await command(directory, 'history')).stdout).toMatch(
      /: what was before run is restored, by .*, via cli\n.*: on, full, for "Migration", by .*, via cli\nStorage: /,
    );
  });

  it('applies only to the scope, and only what changes something, if that is asked for', async () => {
    const started = await atWork(UNTIL_INPUT_ENDS, '--scope', 'billing', '--read-only');
    expect(await state()).toMatchObject({ state: 'off' });
    expect(await state('billing')).toMatchObject({ state: 'active', mode: 'read-only' });
    await started.end();
    expect(await state('billing')).toMatchObject({ state: 'off' });
  });

  it('restores a schedule, also if the command fails, and exits as the command did', async () => {
    await writeFile(file, SCHEDULE);
    expect((await run('--', process.execPath, '-e', 'process.exit(42)')).code).toBe(42);
    expect(await state()).toMatchObject({ state: 'scheduled', startsAt: new Date('2099-01-01T00:00:00Z') });
  });

  it.each([
    ['does not exist', ['./missing'], 127, './missing'],
    ['is sought beneath a file', ['./plain/command'], 126, './plain/command'],
    ['is not executable', ['./plain'], 126, './plain'],
  ])('restores what was before, where the command %s', async (_, line, code, message) => {
    await writeFile(file, SCHEDULE);
    await writeFile(join(directory, 'plain'), '');
    await chmod(join(directory, 'plain'), 0o644);
    const ended = await run('--', ...line);
    expect(ended).toMatchObject({ code, stdout: '' });
    expect(later(ended.stderr)).toMatch(/^nestjs-maintenance-mode: [^\n]+\n$/);
    expect(ended.stderr).toContain(message);
    expect(await state()).toMatchObject({ state: 'scheduled' });
  });

  it('passes arguments on as they are, dashes, spaces and a second -- among them', async () => {
    const args = ['--help', '--file', 'a b', '', '--', "it's $HOME", '*'];
    const script = 'console.log(JSON.stringify(process.argv.slice(1)))';
    // The first `--` is for node, which would take --help for its own.
    const { stdout } = await run('--', process.execPath, '-e', script, '--', ...args);
    expect(JSON.parse(stdout)).toEqual(args);
  });

  it('leaves what another person has set meanwhile, and says so', async () => {
    const started = await atWork(UNTIL_INPUT_ENDS);
    const { maintenance } = await bootContext({ storage: new FileStorage({ path: file }) });
    await maintenance.enable({ reason: 'Somebody else' });
    const { code, stderr } = await started.end();
    expect(code).toBe(0);
    expect(later(stderr)).toMatch(
      /^nestjs-maintenance-mode: Maintenance was changed during run\(\)[^\n]+\n$/,
    );
    expect(await state()).toMatchObject({ state: 'active', reason: 'Somebody else' });
  });

  it('fails with one line if the previous state cannot be restored', async () => {
    const script = 'require("node:fs").writeFileSync("maintenance-state.json", "garbage")';
    const { code, stderr } = await run('--', process.execPath, '-e', script);
    expect(code).toBe(1);
    expect(later(stderr)).toMatch(
      /^nestjs-maintenance-mode: [^\n]*garbage[^\n]* The command has exited with 0\. Maintenance is still on: [^\n]*\n$/,
    );
  });
});

describe('run, at a signal', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const)(
    'passes %s on and restores',
    async (signal) => {
      await writeFile(file, SCHEDULE);
      const started = await atWork(UNTIL_SIGNAL);
      started.process.kill(signal);
      await started.printed(`got ${signal}`);
      const { code, stderr } = await started.end();
      expect({ code, later: later(stderr) }).toEqual({ code: 7, later: '' });
      expect(await state()).toMatchObject({ state: 'scheduled' });
    },
  );

  it('exits with 128 and the number of the signal that ended the command, and restores', async () => {
    await writeFile(file, SCHEDULE);
    const started = await atWork(UNTIL_INPUT_ENDS);
    started.process.kill('SIGTERM');
    expect((await started.ended).code).toBe(128 + 15);
    const killed = await run('--', process.execPath, '-e', 'process.kill(process.pid, "SIGKILL")');
    expect(killed.code).toBe(128 + 9);
    expect(await state()).toMatchObject({ state: 'scheduled' });
  });

  it('does not start the command if the signal came while maintenance was turned on', async () => {
    await writeFile(file, SCHEDULE);
    const config = `
      import { FileStorage } from 'nestjs-maintenance-mode';
      class SlowStorage extends FileStorage {
        async write(text) {
          const signal = this.written ? null : new Promise((resolve) => process.once('SIGTERM', resolve));
          this.written = true;
          const alive = setInterval(() => undefined, 1000);
          console.log('writing');
          await signal;
          clearInterval(alive);
          return super.write(text);
        }
      }
      export default { storage: new SlowStorage(), sync: { timeoutMs: 30_000 } };
    `;
    await writeFile(join(directory, 'maintenance.config.mjs'), config);
    const script = 'require("node:fs").writeFileSync("started", "")';
    const started = startCommand(directory, 'run', '--', process.execPath, '-e', script);
    await started.printed('writing');
    started.process.kill('SIGTERM');
    expect((await started.ended).code).toBe(128 + 15);
    await expect(readFile(join(directory, 'started'))).rejects.toThrow('ENOENT');
    expect(await state()).toMatchObject({ state: 'scheduled' });
  });
});

/** Fails writes from when the command has begun until there is a file `again`, and prints each failure. */
const FAILING = `
  import { existsSync } from 'node:fs';
  import { FileStorage } from 'nestjs-maintenance-mode';
  class FailingStorage extends FileStorage {
    async write(text, expected) {
      if (!this.written || existsSync('again')) {
        this.written = true;
        return super.write(text, expected);
      }
      console.log('failed');
      throw new Error('disk full');
    }
  }
  export default { storage: new FailingStorage(), sync: { timeoutMs: TIMEOUT } };
`;

async function useFailingStorage(timeoutMs: number): Promise<void> {
  const config = FAILING.replace('TIMEOUT', String(timeoutMs));
  await writeFile(join(directory, 'maintenance.config.mjs'), config);
}

describe('run, whose storage fails when the command has ended', () => {
  it('tries again until the previous state is restored', async () => {
    await useFailingStorage(10_000);
    const started = startCommand(directory, 'run', '--', process.execPath, '-e', '');
    await started.printed('failed\nfailed');
    await writeFile(join(directory, 'again'), '');
    expect((await started.end()).code).toBe(0);
    expect(await state()).toMatchObject({ state: 'off' });
  });

  it('says after a bounded time that maintenance is still set', async () => {
    // Enough for turning it on, however busy the machine is.
    await useFailingStorage(500);
    const { code, stderr } = await run('--', process.execPath, '-e', 'process.exit(3)');
    expect(code).toBe(1);
    expect(later(stderr)).toMatch(
      /(?:disk full|no answer within 500 ms).* The command has exited with 3\. Maintenance is still on: turn it off with "off"\.\n$/s,
    );
    expect(await state()).toMatchObject({ state: 'active' });
  });
});

describe('run --for', () => {
  it('moves the end on while the command runs, and says so', async () => {
    const started = await atWork(UNTIL_INPUT_ENDS, '--for', '3s');
    const { maintenance, heard } = await bootContext({ storage: new FileStorage({ path: file }) });
    const end = maintenance.status().endsAt?.getTime() ?? Infinity;
    const { after } = await heard('updated');
    expect(after.endsAt?.getTime()).toBeGreaterThan(end);
    // It is late once the end that was planned is over.
    await until('the warning', () => started.stderr().includes('takes longer than planned'));
    const { code, stderr } = await started.end();
    expect(code).toBe(0);
    expect(later(stderr)).toMatch(/^nestjs-maintenance-mode: .* takes longer than planned\.\n/);
    expect(await state()).toMatchObject({ state: 'off' });
  });

  it('keeps maintenance on if somebody moves its end to before that of the command', async () => {
    const started = await atWork(UNTIL_INPUT_ENDS, '--for', '1h');
    const { maintenance } = await bootContext({ storage: new FileStorage({ path: file }) });
    const end = new Date(Date.now() + 2_000);
    await maintenance.update({ endsAt: end });
    await until('a later end', () => (maintenance.status().endsAt ?? end) > end);
    expect(maintenance.isActive()).toBe(true);
    expect((await started.end()).code).toBe(0);
  });

  it('leaves a window that ends by itself where run is killed', async () => {
    const started = await atWork(UNTIL_INPUT_ENDS, '--for', '3s');
    const { maintenance, heard } = await bootContext({ storage: new FileStorage({ path: file }) });
    const end = maintenance.status().endsAt?.getTime() ?? Infinity;
    expect(maintenance.isActive()).toBe(true);
    expect(end).toBeLessThanOrEqual(Date.now() + 3000);

    const text = await readFile(file, 'utf8');
    started.process.kill('SIGKILL');
    await started.end();
    expect(await readFile(file, 'utf8')).toBe(text);
    const { at } = await heard('deactivated');
    expect(at.getTime()).toBeGreaterThanOrEqual(end);
    expect(await state()).toMatchObject({ state: 'off' });
  });
});
