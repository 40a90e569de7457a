import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Controller, Get } from '@nestjs/common';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { FileStorage, MaintenanceService } from '../../lib/index.js';
import { killBuilt, scriptOf } from '../support/built.js';
import { FaultyStorage, hangs, throws } from '../support/faulty.storage.js';
import { closeApps, platforms, type TestApp } from '../support/platforms.js';
import { freeze } from '../support/freeze.js';
import { bootContext, closeContexts } from '../support/state-context.js';
import { makeDirectory, removeDirectories } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

const sync = { pollIntervalMs: 100, timeoutMs: 500 };
/** More than two poll intervals and the time limit after the next read was due. */
const FROZEN_MS = 1_000;
const ROUNDS = 3;

@Controller()
class TeaController {
  @Get('tea')
  tea(): string {
    return 'tea';
  }
}

const children: ChildProcess[] = [];
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(children.splice(0).map(killBuilt));
  await closeContexts();
  await closeApps();
  await removeDirectories();
});

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
}

function ask(socket: Socket): void {
  socket.write('GET /tea HTTP/1.1\r\nHost: shop.example\r\nAccept: application/json\r\n\r\n');
}

async function statusOn(socket: Socket): Promise<number> {
  const [answer] = (await once(socket, 'data')) as [Buffer];
  return Number(answer.toString().split(' ')[1]);
}

async function statusOf({ url }: TestApp): Promise<number> {
  return (await fetch(`${url}/tea`)).status;
}

const nothing = (): void => undefined;

describe.each(platforms)('On %s, a process that was frozen', (platform, createApp) => {
  /** Freezes a process, changes the state meanwhile, and returns the status of the first request after that. */
  async function firstAnswers(kind: 'new' | 'open', turn: 'on' | 'off'): Promise<number[]> {
    const path = join(await makeDirectory(), 'state.json');
    const { maintenance } = await bootContext({ storage: new FileStorage({ path }) });
    const child = fork(scriptOf('serve'), [platform, path, JSON.stringify(sync)], { execArgv: [] });
    children.push(child);
    const [port] = (await once(child, 'message')) as [number];
    const answers: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      await (turn === 'on' ? maintenance.disable() : maintenance.enable());
      const before = turn === 'on' ? 200 : 503;
      const first = await open(port);
      await until('the process knows the state', async () => {
        ask(first);
        return (await statusOn(first)) === before;
      });
      child.kill('SIGSTOP');
      await (turn === 'on' ? maintenance.enable() : maintenance.disable());
      await delay(FROZEN_MS);
      // It waits in the kernel until the process goes on.
      const socket = kind === 'new' ? await open(port) : first;
      ask(socket);
      child.kill('SIGCONT');
      answers.push(await statusOn(socket));
    }
    return answers;
  }

  // Each in a process of its own, at the same time.
  const cases = [
    ['blocks the first request if maintenance was turned on', 'new', 'on', 503],
    ['blocks the first request of an open connection', 'open', 'on', 503],
    ['lets the first request pass if maintenance was turned off', 'new', 'off', 200],
  ] as const;
  let statuses: readonly number[][];

  beforeAll(async () => {
    statuses = await Promise.all(cases.map(([, kind, turn]) => firstAnswers(kind, turn)));
  });

  it.each(cases.map(([name, , , status], index) => ({ name, status, index })))(
    '$name',
    ({ status, index }) => {
      expect(statuses[index]).toEqual(Array.from({ length: ROUNDS }, () => status));
    },
  );

  it('reads once for all requests that wait', async () => {
    const storage = new FaultyStorage();
    const app = await createApp({
      controllers: [TeaController],
      options: { storage, sync },
    });
    let arrived = 0;
    app.app.getHttpServer().on('request', () => (arrived += 1));
    freeze(FROZEN_MS);
    storage.reads = 0;
    let release = nothing;
    const held = new Promise<void>((resolve) => (release = resolve));
    storage.faultyRead = async (read) => {
      await held;
      return read();
    };
    const answers: number[] = [];
    const requests = Array.from({ length: 20 }, async () => answers.push(await statusOf(app)));
    await until('all have arrived', () => arrived === requests.length);
    expect(answers).toEqual([]);
    // The other one is that of the timer, which is late.
    expect(storage.reads).toBeLessThanOrEqual(2);
    release();
    await Promise.all(requests);
    expect(new Set(answers)).toEqual(new Set([200]));
  });

  it('answers by the last known state if the storage does not answer in time, and then waits no more', async () => {
    const storage = new FaultyStorage();
    const app = await createApp({
      controllers: [TeaController],
      options: { storage, sync },
    });
    await app.get(MaintenanceService).enable();
    storage.faultyRead = hangs;
    freeze(FROZEN_MS);
    expect(await statusOf(app)).toBe(503);
    const began = performance.now();
    for (let count = 0; count < 5; count += 1) expect(await statusOf(app)).toBe(503);
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  it('waits for nothing if it has known of an outage before', async () => {
    const storage = new FaultyStorage();
    const app = await createApp({
      controllers: [TeaController],
      options: { storage, sync },
    });
    storage.faultyRead = throws;
    await until('the outage is known', () => app.get(MaintenanceService).status().stale);
    storage.faultyRead = hangs;
    freeze(FROZEN_MS);
    const began = performance.now();
    expect(await statusOf(app)).toBe(200);
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});
