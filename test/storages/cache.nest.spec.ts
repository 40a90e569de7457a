import { afterEach, describe, expect, it } from '@jest/globals';
import { type Cache, CACHE_MANAGER, CacheModule } from '@nestjs/cache-manager';
import { Controller, Get } from '@nestjs/common';
import { MaintenanceModule, MaintenanceService } from 'nestjs-maintenance-mode';
import { CacheStorage } from 'nestjs-maintenance-mode/cache';
import { Keyv } from 'keyv';
import request from 'supertest';
import { disconnectKeyvs, redisKeyv } from '../support/cache-stores.js';
import { closeApps, platforms, type TestApp } from '../support/platforms.js';
import { describeWithRedis, startRedis, stopRedis } from '../support/redis-server.js';
import { bootContext, closeContexts } from '../support/state-context.js';
import { until } from '../support/until.js';

@Controller()
class ShopController {
  @Get('shop')
  shop(): string {
    return 'open';
  }
}

/** The application's own cache, asked for by its token. */
function withCacheManager(cacheModule: ReturnType<typeof CacheModule.register>): {
  readonly imports: (typeof cacheModule)[];
  readonly maintenance: ReturnType<typeof MaintenanceModule.forRootAsync>;
  readonly controllers: (typeof ShopController)[];
} {
  const global = { ...cacheModule, global: true };
  return {
    imports: [global],
    maintenance: MaintenanceModule.forRootAsync({
      inject: [CACHE_MANAGER],
      useFactory: (cache: Cache) => ({ storage: new CacheStorage(cache), sync: { pollIntervalMs: 20 } }),
    }),
    controllers: [ShopController],
  };
}

const get = (app: TestApp): request.Test => request(app.url).get('/shop');

describe.each(platforms)("CacheStorage with the application's CACHE_MANAGER on %s", (_, createApp) => {
  afterEach(closeApps);

  it('in memory: keeps the state in that cache', async () => {
    const app = await createApp(withCacheManager(CacheModule.register()));
    await get(app).expect(200);
    await app.get(MaintenanceService).enable({ reason: 'Moving' });
    await get(app).expect(503);
    const cache = app.app.get<Cache>(CACHE_MANAGER, { strict: false });
    expect(await cache.get('maintenance-mode')).toContain('Moving');
    await app.get(MaintenanceService).disable();
    await get(app).expect(200);
  });

  it('in memory: warns once, when it boots, that the state is that of this process alone', async () => {
    const { logs } = await bootContext({
      storage: new CacheStorage(new Keyv()),
      sync: { pollIntervalMs: 20 },
    });
    expect(logs.filter((line) => line.startsWith('warn'))).toEqual([
      expect.stringMatching(/in the memory of this process.*lost when it ends/),
    ]);
    await closeContexts();
  });

  describeWithRedis('over Redis', () => {
    afterEach(async () => {
      await closeApps();
      await disconnectKeyvs();
      await stopRedis();
    });

    it('what one application turns on is on in the other, and outlives both', async () => {
      const redis = await startRedis();
      const open = (): Promise<TestApp> =>
        createApp(withCacheManager(CacheModule.register({ stores: [redisKeyv(redis.url)], ttl: 1 })));
      const [one, other] = [await open(), await open()];
      await get(other).expect(200);
      await one.get(MaintenanceService).enable();
      await until('the other is closed', async () => (await get(other)).status === 503);
      await closeApps();
      const third = await open();
      await get(third).expect(503);
    });
  });
});
