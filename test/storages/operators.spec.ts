import type { ChildProcess } from 'node:child_process';
import { afterEach, it, jest } from '@jest/globals';
import { RedisStorage } from '../../lib/redis.js';
import { killBuilt } from '../support/built.js';
import { operateAtOnce } from '../support/operators.js';
import { describeWithRedis, startRedis, stopRedis } from '../support/redis-server.js';
import { describeWithS3, S3Tests } from '../support/s3-tests.js';
import { closeContexts } from '../support/state-context.js';

const children: ChildProcess[] = [];

// Many processes of their own, on a machine that may be busy.
jest.setTimeout(600_000);

afterEach(async () => {
  await Promise.all(children.splice(0).map(killBuilt));
  await closeContexts();
  await stopRedis();
});

const ROUNDS = [
  ['all changes', 3],
  ['the last hundred', 5],
] as const;

describeWithRedis('Eight processes that operate at once on Redis', () => {
  it.each(ROUNDS)('lose no change, and the history has %s', async (_, rounds) => {
    const { url } = await startRedis();
    await operateAtOnce(new RedisStorage({ url }), 'redis-operate', [url], rounds, children);
  });
});

const s3 = new S3Tests();

describeWithS3('Eight processes that operate at once on S3', () => {
  it.each(ROUNDS)('lose no change, and the history has %s', async (_, rounds) => {
    const { endpoint, credentials } = s3.server;
    const bucket = await s3.server.makeBucket();
    const { storage } = await s3.storage({ bucket });
    const configuration = { endpoint, credentials, region: 'default', forcePathStyle: true };
    await operateAtOnce(storage, 's3-operate', [JSON.stringify(configuration), bucket], rounds, children);
  });
});
