import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { Queue } from 'bullmq';
import { killBuilt, startBuilt } from '../support/built.js';
import { describeWithRedis, type RedisServer, startRedis, stopRedis } from '../support/redis-server.js';
import { makeDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

const ROUNDS = 3;
const JOBS_OF_A_ROUND = 20;

// In a process of its own, which an unhandled rejection ends.
describeWithRedis('BullMQ, if nobody awaits a paused method', () => {
  let redis: RedisServer;
  let queue: Queue<number>;
  let child: ChildProcess;
  let file: string;

  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(stopRedis);
  beforeEach(async () => {
    await redis.cli('FLUSHALL');
    queue = new Queue('work', { connection: { host: '127.0.0.1', port: redis.port } });
    file = join(await makeDirectory(), 'done.txt');
  });
  afterEach(async () => {
    await killBuilt(child);
    await queue.close();
  });

  const start = async (kind: string): Promise<void> => {
    child = await startBuilt('queue-application', kind, `${redis.port}`, file);
  };
  const tell = async (wanted: 'enable' | 'disable'): Promise<void> => {
    const answered = once(child, 'message');
    child.send(wanted);
    await answered;
  };
  const done = async (what: string): Promise<number[]> => {
    const lines = existsSync(file) ? (await readFile(file, 'utf8')).split('\n') : [];
    return lines
      .filter((line) => line.startsWith(`${what} `))
      .map((line) => Number(line.slice(what.length)))
      .toSorted((a, b) => a - b);
  };
  const completed = (count: number): Promise<void> =>
    until(`${count} completed jobs`, async () => (await queue.getCompletedCount()) === count);

  /** Jobs before, during and after each of several maintenances, that begin and end while jobs are at work. */
  const run = async (): Promise<number[]> => {
    let next = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      for (let job = 0; job < JOBS_OF_A_ROUND; job += 1) {
        if (job === 5) await tell('enable');
        if (job === 15) await tell('disable');
        await queue.add('job', next, { attempts: 1 });
        next += 1;
      }
    }
    return Array.from({ length: next }, (_, index) => index);
  };

  it('runs each job once, and paused handlers of events at most once', async () => {
    await start('events');
    const all = await run();
    await completed(all.length);
    expect(await done('job')).toEqual(all);
    for (const what of ['active', 'completed', 'sent']) {
      const numbers = await done(what);
      expect(numbers).toEqual([...new Set(numbers)]);
      // Not during maintenance, and otherwise yes.
      expect(numbers).not.toEqual([]);
    }
    expect(child.exitCode).toBeNull();
  });

  it('loses no job whose process is called by a handler of an event as well', async () => {
    await start('repeats');
    const all = await run();
    await completed(all.length);
    const numbers = await done('job');
    expect([...new Set(numbers)]).toEqual(all);
    for (const number of all) expect(numbers.filter((other) => other === number).length).toBeLessThan(3);
    expect(child.exitCode).toBeNull();
  });

  it('runs each job once whose process calls a paused method, which is skipped', async () => {
    await start('awaits nothing');
    const all = await run();
    await completed(all.length);
    expect(await done('job')).toEqual(all);
    const sent = await done('sent');
    expect(sent).toEqual([...new Set(sent)]);
    expect(sent.length).toBeLessThan(all.length);
    expect(child.exitCode).toBeNull();
  });

  it('runs each job once that a worker hands to a paused process of another host', async () => {
    await start('passes on');
    const all = await run();
    await completed(all.length);
    await until('all jobs', async () => (await done('job')).length >= all.length);
    expect(await done('job')).toEqual(all);
    expect(await queue.getFailedCount()).toBe(0);
    expect(child.exitCode).toBeNull();
  });
});
