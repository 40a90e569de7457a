import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { killBuilt, scriptOf } from '../support/built.js';
import { closeServers, expectError, serve } from '../support/cli-servers.js';
import { command, killCommands, makeProject, startCommand, stateIn } from '../support/command-line.js';
import { freePort } from '../support/free-port.js';
import { closeContexts } from '../support/state-context.js';
import { makeDirectory, removeDirectories } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

const HEADER = ['--header', 'Authorization: Bearer ada'];
const SCRIPT = ['--', process.execPath, '-e', 'require("node:fs").writeFileSync("started", "")'];

interface Instance {
  readonly process: ChildProcess;
  readonly url: string;
  readonly routes: string;
}

let directory: string;
let instances: Instance[];
let routes: string;
let proxy: string;
/** Those that a test has begun. */
const orders: Promise<Response>[] = [];

async function startInstance(platform: string): Promise<Instance> {
  const child = fork(scriptOf('slow-shop'), [platform, join(directory, 'maintenance-state.json')], {
    execArgv: [],
  });
  const [url] = (await once(child, 'message')) as [string];
  return { process: child, url, routes: `${url}/maintenance-mode` };
}

// One set for all tests: each leaves it open.
beforeAll(async () => {
  directory = await makeDirectory();
  instances = await Promise.all(['express', 'fastify', 'express'].map(startInstance));
  routes = instances.map((instance) => instance.routes).join(',');
});

beforeEach(async () => {
  await rm(join(directory, 'started'), { force: true });
  let requests = 0;
  // Gives requests to the instances in turn.
  proxy = await serve((incoming, response) => {
    const { method, headers, url = '/' } = incoming;
    const target = instances[requests % instances.length];
    requests += 1;
    incoming.pipe(
      httpRequest(new URL(url, target?.url), { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      }),
    );
  });
});

afterEach(async () => {
  await killCommands();
  await finishOrders();
  await Promise.all(orders.splice(0));
  await closeServers();
  await closeContexts();
  await command(directory, 'off', '--all');
  await until('all are open', async () => (await states()).every((state) => state === 'off'));
});

afterAll(async () => {
  await Promise.all(instances.map(async ({ process }) => killBuilt(process)));
  await removeDirectories();
});

const states = async (): Promise<string[]> =>
  Promise.all(
    instances.map(async (instance) => {
      const { state } = (await (await fetch(instance.routes)).json()) as { state: string };
      return state;
    }),
  );

/** Sends an order through the proxy; it is at work until `finishOrders`. */
async function beginOrder(): Promise<{ readonly answer: Promise<Response> }> {
  const begun = Promise.race(instances.map(async ({ process }) => once(process, 'message')));
  const answer = fetch(`${proxy}/orders`, { method: 'POST' });
  orders.push(answer);
  await begun;
  return { answer };
}

async function finishOrders(): Promise<void> {
  await Promise.all(
    instances.map(async ({ process }) => {
      const finished = once(process, 'message');
      process.send('finish');
      await finished;
    }),
  );
}

/** The command that `run` runs makes this file. */
const isStarted = (): boolean => existsSync(join(directory, 'started'));

describe('--wait-for, with three instances behind a proxy', () => {
  it('run starts its command when all have closed and the last order is written', async () => {
    const { answer } = await beginOrder();
    const started = startCommand(directory, 'run', ...HEADER, '--wait-for', routes, ...SCRIPT);
    await until('all are closed', async () => (await states()).every((state) => state === 'active'));
    expect((await fetch(`${proxy}/orders`, { method: 'POST' })).status).toBe(503);
    expect(isStarted()).toBe(false);
    await finishOrders();
    expect(await started.end()).toMatchObject({ code: 0, stdout: '' });
    expect(await answer).toMatchObject({ status: 201 });
    expect(isStarted()).toBe(true);
    expect(await stateIn(directory)).toMatchObject({ state: 'off' });
  });

  it('run does not start its command while work is in flight, and restores the previous state', async () => {
    await beginOrder();
    await command(directory, 'on', '--start', '2099-01-01T00:00:00Z');
    const ended = await command(
      directory,
      'run',
      ...HEADER,
      '--wait-for',
      routes,
      '--drain',
      '1s',
      ...SCRIPT,
    );
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toMatch(
      /The command was not started: http\S+\/maintenance-mode has 1 in flight\.\n$/,
    );
    expect(isStarted()).toBe(false);
    expect(await stateIn(directory)).toMatchObject({ state: 'scheduled' });
  });

  it('on says when all have closed, and with exit status 1 that they have not', async () => {
    const closed = await command(directory, 'on', ...HEADER, '--wait-for', routes);
    expect(closed).toMatchObject({ code: 0, stderr: '' });
    expect(closed.stdout).toMatch(/\nClosed, with no work in flight: all 3 instances\.\n$/);
    await command(directory, 'off');
    await until('all are open', async () => (await states()).every((state) => state === 'off'));
    await beginOrder();
    const busy = await command(directory, 'on', ...HEADER, '--wait-for', routes, '--drain', '1s');
    expect(busy.code).toBe(1);
    expect(busy.stderr).toMatch(
      /Maintenance is on, but not all instances are closed and quiet: .* has 1 in flight\n$/,
    );
    expect(await stateIn(directory)).toMatchObject({ state: 'active' });
  });

  it('waits for a scope alone', async () => {
    const args = ['--scope', 'billing', ...HEADER, '--wait-for', routes, ...SCRIPT];
    expect((await command(directory, 'run', ...args)).code).toBe(0);
    expect(isStarted()).toBe(true);
  });

  it('a signal ends the waiting: the command is not started, and all is restored', async () => {
    await beginOrder();
    const started = startCommand(directory, 'run', ...HEADER, '--wait-for', routes, ...SCRIPT);
    await until('all are closed', async () => (await states()).every((state) => state === 'active'));
    started.process.kill('SIGTERM');
    expect((await started.ended).code).toBe(128 + 15);
    expect(isStarted()).toBe(false);
    expect(await stateIn(directory)).toMatchObject({ state: 'off' });
  });

  it.each([
    [
      'the proxy in their place',
      () => `${proxy}/maintenance-mode`,
      HEADER,
      'leads to more than one instance',
    ],
    ['nobody who may ask', () => routes, [], 'does not say its revision'],
    [
      'somebody who may not ask',
      () => routes,
      ['--header', 'Authorization: Bearer bob'],
      'does not say its revision',
    ],
  ])('fails at once with %s', async (_, urls, header, message) => {
    const ended = await command(directory, 'run', ...header, '--wait-for', urls(), ...SCRIPT);
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toContain(message);
    expect(isStarted()).toBe(false);
    expect(await stateIn(directory)).toMatchObject({ state: 'off' });
  });

  it('fails with the proxy in their place, even if each of them is closed', async () => {
    await command(directory, 'on');
    await until('all are closed', async () => (await states()).every((state) => state === 'active'));
    const ended = await command(directory, 'on', ...HEADER, '--wait-for', `${proxy}/maintenance-mode`);
    expect(ended.stderr).toContain('leads to more than one instance');
  });

  it('fails with two addresses of one instance', async () => {
    const [first] = instances;
    const other = first?.routes.replace('127.0.0.1', 'localhost');
    const ended = await command(directory, 'on', ...HEADER, '--wait-for', `${first?.routes},${other}`);
    expect(ended.stderr).toContain('are the same instance');
  });

  it('fails with an instance that is not there', async () => {
    const gone = `http://127.0.0.1:${await freePort()}/maintenance-mode`;
    const args = [...HEADER, '--wait-for', `${routes},${gone}`, '--drain', '1s', ...SCRIPT];
    const ended = await command(directory, 'run', ...args);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/The command was not started: .*did not answer: .*ECONNREFUSED/);
    expect(isStarted()).toBe(false);
  });

  it('--drain alone asks the application of --url, and nothing without it', async () => {
    const url = instances[0]?.routes ?? '';
    const ended = await command(directory, 'run', '--url', url, ...HEADER, '--drain', '10s', ...SCRIPT);
    expect(ended).toMatchObject({ code: 0 });
    expectError(await command(directory, 'on', '--drain', '10s'), '--wait-for');
  });
});

describe('run without --wait-for', () => {
  it('waits until all have polled, if the storage pushes nothing, and says so', async () => {
    const project = await makeProject();
    const config = `
      import { FileStorage } from 'nestjs-maintenance-mode';
      class PolledStorage extends FileStorage { watch = undefined; }
      export default { storage: new PolledStorage(), sync: { pollIntervalMs: 200, timeoutMs: 780 } };
    `;
    await writeFile(join(project, 'maintenance.config.mjs'), config);
    const began = performance.now();
    const { code, stderr } = await command(project, 'run', '--', process.execPath, '-e', '');
    expect(code).toBe(0);
    expect(performance.now() - began).toBeGreaterThanOrEqual(1_000);
    expect(stderr).toContain('Waiting 1.0 s, until every instance has polled the state.');
  });
});
