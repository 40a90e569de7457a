import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { UNTIL_INPUT_ENDS } from '../support/cli-scripts.js';
import { closeServers, expectError, serve } from '../support/cli-servers.js';
import { command, killCommands, type RunningCommand, startCommand } from '../support/command-line.js';
import { people } from '../support/people.js';
import { closeApps, platforms } from '../support/platforms.js';
import { makeDirectory, removeDirectories } from '../support/temporary-directory.js';
import { toggleApp, type ToggleApp } from '../support/toggle-app.js';
import { until } from '../support/until.js';
import type { Ended } from '../support/built.js';

const ADA = { id: 'ada', isSuperuser: true };

afterEach(async () => {
  await killCommands();
  await closeServers();
  await closeApps();
  await removeDirectories();
});

/** One adapter: test/admin tries the routes on both. Each command is a process of half a second. */
describe.each(platforms.slice(0, 1))('the command line over the routes on %s', (_, createApp) => {
  let app: ToggleApp;
  let directory: string;

  beforeEach(async () => {
    app = await toggleApp(createApp);
    directory = await makeDirectory();
  });

  /** As the superuser ada. */
  const run = async (name: string, ...args: string[]): Promise<Ended> =>
    command(directory, name, '--url', app.base, '--header', 'Authorization: Bearer ada', ...args);

  const startRun = (...options: string[]): RunningCommand => {
    const place = ['--url', app.base, '--header', 'Authorization: Bearer ada'];
    return startCommand(
      directory,
      'run',
      ...place,
      ...options,
      '--',
      process.execPath,
      '-e',
      UNTIL_INPUT_ENDS,
    );
  };

  it('turns maintenance on and off, in memory too, and status exits with 10, 11 and 0', async () => {
    const on = await run('on', '--reason', 'Moving house', '--for', '30m', '--note', 'internal');
    expect(on).toMatchObject({ code: 0, stderr: '' });
    expect(on.stdout).toMatch(
      /^Maintenance of the whole application is active, full, .*until .*, for "Moving house"/,
    );
    expect(on.stdout).toMatch(new RegExp(`\nApplication: ${app.base}\n$`));
    expect(app.maintenance.status()).toMatchObject({ state: 'active', reason: 'Moving house', by: 'ada' });
    expect(await app.maintenance.history()).toMatchObject([{ note: 'internal', via: 'route' }]);
    expect((await run('status')).code).toBe(10);
    expect((await run('off')).stdout).toContain(
      'Maintenance of the whole application is off.\nBefore: active',
    );
    expect((await run('on', '--start', '+1h')).stdout).toContain('is scheduled');
    expect((await run('status')).code).toBe(11);
    await run('off');
    expect((await run('status')).code).toBe(0);
  });

  it('keeps the rest with update, and moves the end with extend', async () => {
    const endsAt = new Date(Date.now() + 600_000);
    await app.maintenance.enable({ reason: 'Before', endsAt, scope: 'billing' });
    const update = await run('update', '--scope', 'billing', '--reason', 'After', '--read-only');
    expect(update).toMatchObject({ code: 0, stderr: '' });
    const extend = await run('extend', '30m', '--scope', 'billing');
    expect(extend.stdout).toMatch(/^Maintenance of the scope "billing" is active, read-only, .*for "After"/);
    expect(app.maintenance.status('billing')).toMatchObject({
      reason: 'After',
      mode: 'read-only',
      endsAt: new Date(endsAt.getTime() + 1_800_000),
    });
  });

  it('says so if no handler of the application has the scope', async () => {
    const on = await run('on', '--scope', 'biling');
    expect(on.stderr).toBe(
      'nestjs-maintenance-mode: No handler of this application has this scope: look at the name.\n',
    );
    expect([on.code, app.maintenance.isActive('biling')]).toEqual([0, true]);
    expect(await run('off', '--scope', 'biling')).toMatchObject({ code: 0, stderr: '' });
  });

  it('lists what is on, and turns all of it off', async () => {
    await app.maintenance.enable({ mode: 'read-only' });
    await app.maintenance.enable({ scope: 'billing', reason: 'X' });
    const { stdout } = await run('list');
    expect(stdout).toContain('the whole application: active, read-only');
    expect(stdout).toContain('the scope "billing": active, full');
    expect(JSON.parse((await run('list', '--json')).stdout)).toMatchObject([
      { scope: null, mode: 'read-only' },
      { scope: 'billing', reason: 'X' },
    ]);
    expect((await run('off')).stdout).toContain('Also on: the scope "billing"');
    await app.maintenance.enable();
    expect((await run('off', '--all')).code).toBe(0);
    expect(app.maintenance.list()).toMatchObject([{ state: 'off' }]);
  });

  it('refuses users who are not superusers, and leaves the state as it is', async () => {
    const bob = ['--url', app.base, '--header', 'Authorization: Bearer bob'];
    expectError(await command(directory, 'on', ...bob), /answered 403/);
    expect(app.maintenance.isActive()).toBe(false);
  });

  it.each([
    [['extend', '30m'], 'is neither on nor scheduled: turn it on with "on"'],
    [['update', '--reason', 'X'], 'is neither on nor scheduled: turn it on with "on"'],
  ])('fails where nothing is on: %j', async ([name = '', ...args], message) => {
    expectError(await run(name, ...args), message);
  });

  it('run: is on while the command runs, and restores the window of before', async () => {
    const startsAt = new Date('2099-01-01T00:00:00Z');
    await app.maintenance.enable({ reason: 'Planned', startsAt });
    const started = startRun('--for', '1h');
    await started.printed('at work');
    expect(app.maintenance.isActive()).toBe(true);
    const { code, stderr } = await started.end();
    expect(code).toBe(0);
    expect(stderr).toContain(`Maintenance is on while the command runs. Application: ${app.base}\n`);
    expect(app.maintenance.status()).toMatchObject({ state: 'scheduled', reason: 'Planned', startsAt });
  });

  it('run: exits as the command did, is off again, and leaves what another person has set', async () => {
    const exit = ['--', process.execPath, '-e', 'process.exit(7)'];
    expect((await run('run', ...exit)).code).toBe(7);
    expect(app.maintenance.isActive()).toBe(false);

    const started = startRun();
    await started.printed('at work');
    await app.maintenance.enable({ reason: 'Somebody else' });
    expect((await started.end()).stderr).toContain('changed by somebody else');
    expect(app.maintenance.status().reason).toBe('Somebody else');
  });

  it('run: restores note, addresses, start and next stage of before', async () => {
    const startsAt = new Date(Date.now() - 60_000);
    const next = new Date('2099-01-01T00:00:00Z');
    const allow = { ipAddresses: ['203.0.113.7'] };
    await app.maintenance.enable({ reason: 'Read only', mode: 'read-only', note: 'OPS-1', startsAt, allow });
    await app.maintenance.enable({ reason: 'Full', note: 'OPS-2', startsAt: next });
    const before = app.maintenance.list();
    const started = startRun();
    await started.printed('at work');
    expect(app.maintenance.list()).toMatchObject([{ state: 'active', mode: 'full' }]);
    const { code, stderr } = await started.end();
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringMatching(/restored|changed/) });
    const changed = { by: 'ada', updatedAt: expect.any(Date), revision: expect.any(Number) };
    const expected = before.map((status) => Object.assign({}, status, changed));
    expect(app.maintenance.list()).toEqual(expected);
    const { body } = await request(app.base).get('').set('Authorization', 'Bearer ada').expect(200);
    expect(body).toMatchObject({ note: 'OPS-1', allow, next: { note: 'OPS-2' } });
  });

  it('run: restores a reason in all its languages', async () => {
    const reason = { de: 'Neue Platten', en: 'New disks' };
    await app.maintenance.enable({ reason, mode: 'read-only' });
    const started = startRun();
    await started.printed('at work');
    expect((await started.end()).code).toBe(0);
    expect(app.maintenance.status()).toMatchObject({
      mode: 'read-only',
      reason: 'New disks',
      reasons: reason,
    });
  });

  it('run: keeps a stage that somebody has planned meanwhile', async () => {
    const startsAt = new Date('2099-01-01T00:00:00Z');
    const started = startRun();
    await started.printed('at work');
    await app.maintenance.enable({ reason: 'Tomorrow', startsAt });
    expect((await started.end()).code).toBe(0);
    expect(app.maintenance.list()).toMatchObject([{ state: 'scheduled', reason: 'Tomorrow', startsAt }]);
  });

  it.each([
    ['the end', { endsAt: new Date('2099-01-01T00:00:00Z') }],
    ['what nobody else sees', { note: 'Mine now' }],
  ])('run --for: leaves it to somebody else who has changed %s', async (__, change) => {
    const started = startRun('--for', '4s');
    await started.printed('at work');
    await app.maintenance.update({ ...change, by: 'grace' });
    const theirs = app.maintenance.status();
    await until('the warning', () => started.stderr().includes('Somebody else has changed the maintenance'));
    const { stderr } = await started.end();
    expect(stderr).toContain('changed by somebody else while the command ran');
    expect((await app.maintenance.history())[0]).toMatchObject({ by: 'grace', action: 'updated' });
    expect(app.maintenance.status().updatedAt).toEqual(theirs.updatedAt);
  });

  it('run: is not disturbed by a change of a scope', async () => {
    const started = startRun();
    await started.printed('at work');
    await app.maintenance.enable({ scope: 'billing' });
    expect((await started.end()).stderr).not.toContain('somebody else');
    expect(app.maintenance.list()).toMatchObject([{ state: 'off' }, { scope: 'billing' }]);
  });

  it('run: says what it cannot restore, if the application does not show that', async () => {
    app = await toggleApp(createApp, {
      // The superuser of a POST is nobody at a GET.
      options: { user: { get: ({ method }: { method?: string }) => (method === 'POST' ? ADA : null) } },
    });
    await app.maintenance.enable({ reason: 'Before', note: 'OPS-1' });
    const started = startRun();
    await started.printed('at work');
    const { code, stderr } = await started.end();
    expect(code).toBe(0);
    expect(stderr).toContain('does not show the note');
    expect(app.maintenance.status()).toMatchObject({ state: 'active', reason: 'Before' });
  });

  it('update --for: counts from the start of what is scheduled', async () => {
    const startsAt = new Date('2099-01-01T00:00:00Z');
    await app.maintenance.enable({ startsAt });
    expect((await run('update', '--for', '15m')).code).toBe(0);
    expect(app.maintenance.status().endsAt).toEqual(new Date('2099-01-01T00:15:00Z'));
  });

  it('status: says since when it is active', async () => {
    await app.maintenance.enable();
    expect((await run('status')).stdout).toMatch(/is active, full, since 20/);
  });

  it('run --for: moves the end on while the command runs', async () => {
    const started = startRun('--for', '4s');
    await started.printed('at work');
    const first = app.maintenance.status().endsAt?.getTime() ?? 0;
    const moved = new Promise<number>((resolve) => {
      app.maintenance.events.subscribe(({ type, after }) => {
        if (type === 'updated') resolve(after.endsAt?.getTime() ?? 0);
      });
    });
    expect(await moved).toBeGreaterThanOrEqual(first + 3_000);
    expect((await started.end()).stderr).toContain('takes longer than planned');
    expect(app.maintenance.isActive()).toBe(false);
  });

  it('run: says how its command has ended and that maintenance is still on, if it may not restore', async () => {
    let isAllowed = true;
    app = await toggleApp(createApp, { options: { user: { ...people, isSuperuser: () => isAllowed } } });
    const started = startRun();
    await started.printed('at work');
    isAllowed = false;
    const { code, stderr } = await started.end();
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /answered 403 .* The command has exited with 0\. Maintenance is still on: turn it off with "off"\.\n$/,
    );
    expect(app.maintenance.isActive()).toBe(true);
  });
});

describe('run, if the application does not answer when the command has ended', () => {
  it('tries again until it does', async () => {
    let state = 'off';
    let failures = 0;
    const url = await serve(({ method, url: path }, response) => {
      if (method === 'POST' && path === '/off' && failures < 2) {
        failures += 1;
        response.writeHead(502).end();
        return;
      }
      if (method === 'POST') state = path === '/on' ? 'active' : 'off';
      response.end(JSON.stringify({ state, mode: 'full', scopes: [] }));
    });
    const directory = await makeDirectory();
    const args = ['run', '--url', url, '--', process.execPath, '-e', ''];
    expect((await command(directory, ...args)).code).toBe(0);
    expect({ state, failures }).toEqual({ state: 'off', failures: 2 });
  });
});
