import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { FileStorage, type MaintenanceStorage, MemoryStorage } from 'nestjs-maintenance-mode';
import { CacheStorage } from 'nestjs-maintenance-mode/cache';
import { RedisStorage } from 'nestjs-maintenance-mode/redis';
import { createClient } from 'redis';
import { disconnectKeyvs, redisKeyv } from '../support/cache-stores.js';
import { describeWithRedis, type RedisServer, startRedis, stopRedis } from '../support/redis-server.js';
import { describeWithS3, S3Tests } from '../support/s3-tests.js';
import { bootContext, closeContexts } from '../support/state-context.js';
import { makeDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

afterEach(closeContexts);

/** What holds for one storage object, whichever it is, that several applications of one process are given. */
function survives(make: () => MaintenanceStorage | Promise<MaintenanceStorage>): void {
  const sync = { pollIntervalMs: 50, timeoutMs: 10_000 };

  it('works for an application after another one that was closed, again and again', async () => {
    const storage = await make();
    for (let round = 1; round <= 3; round += 1) {
      const { app, maintenance } = await bootContext({ storage, sync });
      expect(maintenance.status().stale).toBe(false);
      expect(maintenance.status().revision).toBe(2 * round - 2);
      await maintenance.enable();
      await maintenance.disable();
      await app.close();
    }
  });

  it('keeps working for an application when another one is closed', async () => {
    const storage = await make();
    const first = await bootContext({ storage, sync });
    const second = await bootContext({ storage, sync });
    await second.maintenance.enable({ reason: 'Shared' });
    await first.app.close();
    expect(await second.maintenance.refresh()).toMatchObject({ reason: 'Shared', stale: false });
    await second.maintenance.disable();
    const third = await bootContext({ storage, sync });
    await third.maintenance.enable();
    await second.heard('deactivated');
    await until('the second follows', () => second.maintenance.isActive());
    expect(second.events.map(({ type }) => type)).not.toContain('storage-failed');
  });
}

describe('A MemoryStorage object', () => survives(() => new MemoryStorage()));
describe('A FileStorage object', () =>
  survives(async () => new FileStorage({ path: `${await makeDirectory()}/state.json` })));

describeWithRedis('A storage object on Redis', () => {
  let server: RedisServer;
  const cleanUps: (() => unknown)[] = [];
  beforeAll(async () => {
    server = await startRedis();
  });
  afterEach(async () => {
    // First: what still polls would connect again.
    await closeContexts();
    for (const cleanUp of cleanUps.splice(0)) await cleanUp();
    await disconnectKeyvs();
    await server.cli('FLUSHALL');
  });
  afterAll(stopRedis);

  describe('RedisStorage with a URL', () => survives(() => new RedisStorage({ url: server.url })));
  describe('RedisStorage with a client', () =>
    survives(async () => {
      const client = createClient({ url: server.url });
      await client.connect();
      cleanUps.push(() => client.destroy());
      return new RedisStorage({ client });
    }));
  describe('CacheStorage', () => survives(() => new CacheStorage(redisKeyv(server.url))));

  it('is pushed to the application that keeps running, after another one was closed', async () => {
    const storage = new RedisStorage({ url: server.url });
    const sync = { pollIntervalMs: 2 ** 30, timeoutMs: 10_000 };
    const [first, second] = [await bootContext({ storage, sync }), await bootContext({ storage, sync })];
    await first.app.close();
    const other = await bootContext({ storage: new RedisStorage({ url: server.url }), sync });
    await other.maintenance.enable();
    await second.heard('activated');
  });

  it('keeps no connection when it is used once more after the last application was closed', async () => {
    const storage = new RedisStorage({ url: server.url });
    const { app } = await bootContext({ storage });
    await app.close();
    expect(await storage.read()).toBeNull();
    await until('the connection is gone', async () => {
      const list = await server.cli('CLIENT', 'LIST');
      return list.split('\n').length === 1; // redis-cli's own
    });
  });
});

const s3 = new S3Tests();
describeWithS3('An S3Storage object', () => survives(async () => (await s3.storage()).storage));
