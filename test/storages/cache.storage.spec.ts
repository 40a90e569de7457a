import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createCache } from 'cache-manager';
import { Keyv } from 'keyv';
import { CacheStorage } from 'nestjs-maintenance-mode/cache';
import { describeMaintenanceStorage } from 'nestjs-maintenance-mode/testing';
import { disconnectKeyvs, impatientKeyv, redisKeyv, SwallowingStore } from '../support/cache-stores.js';
import { freePort } from '../support/free-port.js';
import { describeWithRedis, type RedisServer, startRedis, stopRedis } from '../support/redis-server.js';
import { bootContext, closeContexts } from '../support/state-context.js';

afterEach(closeContexts);

/** A cache as lru-cache and its like are: no Map, but made like one. */
class LruOf10 {
  readonly #entries = new Map<string, unknown>();

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  get(key: string): unknown {
    return this.#entries.get(key);
  }

  set(key: string, value: unknown): this {
    const [oldest] = this.#entries.keys();
    if (this.#entries.size === 10 && oldest !== undefined) this.#entries.delete(oldest);
    this.#entries.set(key, value);
    return this;
  }

  delete(key: string): boolean {
    return this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }
}

describeMaintenanceStorage(
  'CacheStorage over cache-manager, in memory,',
  () => {
    const cache = createCache();
    return { connect: () => new CacheStorage(cache) };
  },
  { describe, it },
);

describeMaintenanceStorage(
  'CacheStorage over a Keyv, in memory,',
  () => {
    const keyv = new Keyv();
    return { connect: () => new CacheStorage(keyv) };
  },
  { describe, it },
);

describeWithRedis('CacheStorage over Redis', () => {
  let redis: RedisServer;

  beforeAll(async () => {
    redis = await startRedis();
  });
  afterEach(disconnectKeyvs);
  afterAll(stopRedis);

  describeMaintenanceStorage(
    'CacheStorage over cache-manager',
    async () => {
      await redis.cli('FLUSHALL');
      const closed = `redis://127.0.0.1:${await freePort()}`;
      return {
        connect: () => new CacheStorage(createCache({ stores: [redisKeyv(redis.url)] })),
        connectBroken: () => new CacheStorage(createCache({ stores: [impatientKeyv(closed)] })),
        dispose: disconnectKeyvs,
      };
    },
    { describe, it },
  );

  it('keeps its record under the key, within the namespace, and without an end', async () => {
    await redis.cli('FLUSHALL');
    await new CacheStorage(createCache({ stores: [redisKeyv(redis.url)], ttl: 1_000 })).write('1');
    const named = redisKeyv(redis.url, { namespace: 'shop' });
    named.ttl = 1_000;
    await new CacheStorage(named, { key: 'closed' }).write('0');
    expect((await redis.cli('KEYS', '*')).split('\n').toSorted()).toEqual([
      'maintenance-mode',
      'shop::closed',
    ]);
    expect(await redis.cli('GET', 'maintenance-mode')).toBe('{"value":"1"}');
    expect(await redis.cli('PTTL', 'maintenance-mode')).toBe('-1');
    expect(await redis.cli('PTTL', 'shop::closed')).toBe('-1');
  });

  it('uses the last one of several tiers: what another process has written shows', async () => {
    await redis.cli('FLUSHALL');
    const tiers = (): ReturnType<typeof createCache> =>
      createCache({ stores: [new Keyv(), redisKeyv(redis.url)], nonBlocking: true });
    const [one, other] = [tiers(), tiers()];
    await new CacheStorage(one).write('1');
    // The first tier of a cache keeps what it has seen, and cache-manager answers from it.
    await one.set('maintenance-mode', 'of the first tier');
    await new CacheStorage(other).write('0');
    expect(await new CacheStorage(one).read()).toEqual({ text: '0', version: null });
  });
});

describe('CacheStorage', () => {
  it.each<[what: string, value: unknown, text: string]>([
    ['a number', 1, '1'],
    ['an object', { start: null }, '{"start":null}'],
    ['false', false, 'false'],
    ['null', null, '{"value":null}'],
    ['bytes', Buffer.from('1'), '{"type":"Buffer","data":[49]}'],
    ['a bigint', 7n, 'a bigint'],
    ['a function', () => 1, 'a function'],
  ])('gives %s that somebody has put there as text', async (_, value, text) => {
    const keyv = new Keyv();
    keyv.serialize = keyv.deserialize = undefined;
    await keyv.set('maintenance-mode', value);
    expect(await new CacheStorage(keyv).read()).toEqual({ text, version: null });
  });

  it.each([['hello'], ['null'], ['7'], ['{"other":1}'], ['']])(
    'gives %p, which no Keyv has written, as text that is not understood, and replaces it',
    async (stored) => {
      const map = new Map([['keyv:maintenance-mode', stored]]);
      const { maintenance } = await bootContext({ storage: new CacheStorage(new Keyv({ store: map })) });
      expect(maintenance.status()).toMatchObject({ state: 'off', stale: true });
      await maintenance.enable();
      expect(maintenance.status()).toMatchObject({ state: 'active', stale: false });
      expect(map.get('keyv:maintenance-mode')).toContain('"on');
    },
  );

  it('reads and writes the cache and the key that it was given, and no other', async () => {
    const [first, second] = [createCache(), createCache()];
    await new CacheStorage(first).write('1');
    await new CacheStorage(first, { key: 'shop' }).write('0');
    expect(await new CacheStorage(second).read()).toBeNull();
    expect(await new CacheStorage(first, { key: 'other' }).read()).toBeNull();
    expect(await new CacheStorage(first).read()).toEqual({ text: '1', version: null });
    expect(await new CacheStorage(first, { key: 'shop' }).read()).toEqual({ text: '0', version: null });
  });

  it('reads a Cacheable from its second tier, which instances share', async () => {
    const [primary, secondary] = [new Keyv(), new Keyv({ store: new SwallowingStore() })];
    const storage = new CacheStorage({ primary, secondary });
    await storage.write('1');
    expect([await primary.get('maintenance-mode'), await secondary.get('maintenance-mode')]).toEqual([
      undefined,
      '1',
    ]);
  });

  it.each<[what: string, cache: unknown]>([
    ['nothing', undefined],
    ['a Map', new Map()],
    ['a cache without stores', { get: async () => undefined, set: async () => undefined }],
    ['a list of no stores', { stores: [] }],
  ])('refuses %s as a cache', (_, cache) => {
    expect(() => Reflect.construct(CacheStorage, [cache])).toThrow(
      /^CacheStorage\.cache: expected a cache of cache-manager 7 \(CACHE_MANAGER\) or a Keyv, got /,
    );
  });

  it('refuses tiers of which the last one is in memory', () => {
    const cache = createCache({ stores: [new Keyv({ store: new SwallowingStore() }), new Keyv()] });
    expect(() => new CacheStorage(cache)).toThrow(/^CacheStorage\.cache: the last one of its 2 stores/);
  });

  it.each<[what: string, store: unknown]>([
    ['a cache that looks up at once', new LruOf10()],
    ['an adapter around a cache in memory', Object.assign(new SwallowingStore(), { store: new Map() })],
    ['SQLite in memory', Object.assign(new SwallowingStore(), { opts: { uri: 'sqlite://:memory:' } })],
  ])('refuses tiers of which the last one is %s', (_, store) => {
    const cache = createCache({ stores: [new Keyv({ store: new SwallowingStore() }), new Keyv({ store })] });
    expect(() => new CacheStorage(cache)).toThrow(/in the memory of this process/);
  });

  it.each([[{ key: '' }], [{ key: 7 }], [{ keys: 'x' }]])('refuses %p as options', (options) => {
    expect(() => Reflect.construct(CacheStorage, [createCache(), options])).toThrow(
      /^CacheStorage\.keys?: expected/,
    );
  });

  it('leaves no listener behind when it is closed', async () => {
    const keyv = new Keyv();
    const before = keyv.listeners('error').length;
    const storage = new CacheStorage(keyv);
    expect(keyv.listeners('error').length).toBeGreaterThan(before);
    await storage.close();
    expect(keyv.listeners('error')).toHaveLength(before);
  });
});
