import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createClient } from 'redis';
import { killBuilt, startBuilt } from '../support/built.js';
import { freePort } from '../support/free-port.js';
import { describeWithRedis, type RedisServer, startRedis, stopRedis } from '../support/redis-server.js';

const KEY = 'maintenance-mode';
const PROCESSES = 8;
const TOGGLES = 100;

interface Toggled {
  readonly revisions: readonly (readonly [revision: number, reason: string])[];
  readonly lost: number;
}

const children: ChildProcess[] = [];
let server: RedisServer;

beforeEach(async () => {
  server = await startRedis();
});

afterEach(async () => {
  server.thaw();
  await Promise.all(children.splice(0).map(killBuilt));
  await stopRedis();
});

async function start(name: string, ...args: string[]): Promise<ChildProcess> {
  const child = await startBuilt(name, ...args);
  children.push(child);
  return child;
}

describeWithRedis('Processes that share a Redis', () => {
  it(`make ${PROCESSES} x ${TOGGLES} toggles at once, lose none, and know of each that has lost`, async () => {
    // What each write has published, in the order of the server.
    const history: string[] = [];
    const subscriber = createClient({ url: server.url }).on('error', () => undefined);
    await subscriber.connect();
    await subscriber.subscribe(KEY, (version) => history.push(version));

    const togglers: ChildProcess[] = [];
    for (let index = 0; index < PROCESSES; index += 1) {
      togglers.push(await start('redis-toggle', server.url, `process ${index}`, `${TOGGLES}`));
    }
    const results = togglers.map(async (child) => (await once(child, 'message'))[0] as Toggled);
    for (const child of togglers) child.send('go');
    const toggled = await Promise.all(results);

    const all = toggled.flatMap(({ revisions }) => revisions);
    const ascending = all.map(([revision]) => revision).toSorted((a, b) => a - b);
    expect(ascending).toEqual(Array.from({ length: PROCESSES * TOGGLES }, (_, index) => index + 1));
    for (const { revisions } of toggled) {
      expect(revisions.map(([revision]) => revision)).toEqual(
        revisions.map(([revision]) => revision).toSorted((a, b) => a - b),
      );
    }
    // What is stored is what the last one was told.
    const [, last] = all.find(([revision]) => revision === PROCESSES * TOGGLES) ?? [];
    expect(await server.cli('GET', KEY)).toContain(`"reason": "${last}"`);
    // One write for each: who was told of having lost has written nothing.
    expect(new Set(history).size).toBe(PROCESSES * TOGGLES);
    expect(history).toHaveLength(PROCESSES * TOGGLES);
    subscriber.destroy();
  });

  it.each([
    ['up', async () => undefined],
    ['frozen', async () => server.freeze()],
    ['down', async () => server.kill()],
  ])('end by themselves once they were closed while Redis is %s', async (_, happens) => {
    const child = await start('redis-application', server.url);
    await happens();
    const exit = once(child, 'exit');
    child.send('close');
    expect(await exit).toEqual([0, null]);
  });

  it('end by themselves once they were closed when Redis was never up', async () => {
    const child = await start('redis-application', `redis://127.0.0.1:${await freePort()}`);
    const exit = once(child, 'exit');
    child.send('close');
    expect(await exit).toEqual([0, null]);
  });

  it('end by themselves once they were closed when Redis was frozen from the beginning', async () => {
    server.freeze();
    const child = await start('redis-application', server.url);
    const exit = once(child, 'exit');
    child.send('close');
    expect(await exit).toEqual([0, null]);
  });
});
