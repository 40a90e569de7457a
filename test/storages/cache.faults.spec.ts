import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createCache } from 'cache-manager';
import { Keyv } from 'keyv';
import type { MaintenanceStorage } from 'nestjs-maintenance-mode';
import { CacheStorage } from 'nestjs-maintenance-mode/cache';
import { disconnectKeyvs, redisKeyv, SwallowingStore } from '../support/cache-stores.js';
import { freePort } from '../support/free-port.js';
import { describeWithRedis, redisServerOn, startRedis, stopRedis } from '../support/redis-server.js';
import { bootContext, closeContexts } from '../support/state-context.js';
import { until } from '../support/until.js';

const sync = { pollIntervalMs: 20, timeoutMs: 2_000 };

function storageOver(store: SwallowingStore, emitErrors = true): MaintenanceStorage {
  return new CacheStorage(createCache({ stores: [new Keyv({ store, emitErrors })] }));
}

describe('CacheStorage over a store that fails as stores do', () => {
  afterEach(closeContexts);

  it.each([
    ['emits', true, /emitted on purpose/],
    // A Keyv that keeps the errors of its store to itself.
    ['emits', false, /emitted on purpose/],
    ['throws', true, /thrown on purpose/],
    ['throws', false, /thrown on purpose/],
  ] as const)('%s (emitErrors: %p): reading and writing reject', async (fault, emitErrors, message) => {
    const store = new SwallowingStore();
    const storage = storageOver(store, emitErrors);
    await storage.write('before');
    store.fault = fault;
    await expect(storage.read()).rejects.toThrow(message);
    await expect(storage.write('meanwhile')).rejects.toThrow();
    store.fault = 'none';
    expect(await storage.read()).toEqual({ text: 'before', version: null });
  });

  it.each([
    ['refuses', /has not taken/],
    ['forgets', /has not kept/],
    ['keeps the old', /read only/],
  ] as const)('%s what is written: writing rejects', async (fault, message) => {
    const store = new SwallowingStore();
    const storage = storageOver(store);
    await storage.write('before');
    store.fault = fault;
    await expect(storage.write('after')).rejects.toThrow(message);
  });

  it('is believed when it gives the record although an error was told meanwhile', async () => {
    const store = new SwallowingStore();
    const storage = storageOver(store);
    await storage.write('kept');
    const get = store.get.bind(store);
    store.get = async (key) => {
      store.emit(new Error('of another call'));
      return get(key);
    };
    expect(await storage.read()).toEqual({ text: 'kept', version: null });
    await expect(storage.write('written')).resolves.toEqual({ text: 'written', version: null });
  });

  it('is not known to be off at boot: unknownState decides', async () => {
    const store = new SwallowingStore();
    store.fault = 'emits';
    const { maintenance } = await bootContext({ storage: storageOver(store), unknownState: 'closed', sync });
    expect(maintenance.status()).toMatchObject({ state: 'active', stale: true });
    store.fault = 'none';
    await until('the state is known', () => !maintenance.status().stale);
    expect(maintenance.isActive()).toBe(false);
  });

  it('is a failure also to a storage that was closed, and is used again', async () => {
    const store = new SwallowingStore();
    const storage = storageOver(store);
    await storage.close?.();
    store.fault = 'emits';
    await expect(storage.read()).rejects.toThrow('emitted on purpose');
    const { maintenance } = await bootContext({ storage, unknownState: 'closed', sync });
    expect(maintenance.status()).toMatchObject({ state: 'active', stale: true });
  });

  it('keeps the last known state, and tells the outage once', async () => {
    const store = new SwallowingStore();
    const { maintenance, events, heard } = await bootContext({ storage: storageOver(store), sync });
    await maintenance.enable({ reason: 'Held' });
    store.fault = 'emits';
    await heard('storage-failed');
    await expect(maintenance.disable()).rejects.toMatchObject({
      code: 'MAINTENANCE_STORAGE',
      cause: { message: 'emitted on purpose' },
    });
    expect(maintenance.status()).toMatchObject({ state: 'active', reason: 'Held', stale: true });
    store.fault = 'none';
    await heard('storage-recovered');
    expect(maintenance.status()).toMatchObject({ state: 'active', reason: 'Held', stale: false });
    expect(events.map(({ type }) => type)).toEqual(['activated', 'storage-failed', 'storage-recovered']);
  });
});

describeWithRedis('CacheStorage over a Redis', () => {
  afterEach(async () => {
    await closeContexts();
    await disconnectKeyvs();
    await stopRedis();
  });

  it('that was never up: the application boots in time, and follows once it is', async () => {
    const port = await freePort();
    const storage = new CacheStorage(createCache({ stores: [redisKeyv(`redis://127.0.0.1:${port}`)] }));
    const { maintenance, events, heard } = await bootContext({ storage, sync });
    expect(maintenance.status()).toMatchObject({ state: 'off', stale: true });
    await expect(maintenance.enable()).rejects.toThrow(/no answer within 2000 ms/);
    await (await redisServerOn(port)).start();
    await heard('storage-recovered');
    await maintenance.enable();
    expect(maintenance.status()).toMatchObject({ state: 'active', stale: false });
    expect(events.filter(({ type }) => type === 'storage-failed').length).toBeLessThanOrEqual(1);
  });

  it('that freezes: the last known state stays in effect, a toggle rejects in time, and it works again afterwards', async () => {
    const redis = await startRedis();
    const storage = new CacheStorage(createCache({ stores: [redisKeyv(redis.url)] }));
    const { maintenance, events, heard } = await bootContext({ storage, sync });
    await maintenance.enable({ reason: 'Held' });
    redis.freeze();
    await heard('storage-failed');
    await expect(maintenance.enable({ reason: 'Held' })).rejects.toThrow(/no answer within 2000 ms/);
    expect(maintenance.status()).toMatchObject({ state: 'active', reason: 'Held', stale: true });
    redis.thaw();
    await heard('storage-recovered');
    await maintenance.disable();
    expect(maintenance.status()).toMatchObject({ state: 'off', stale: false });
    expect(events.filter(({ type }) => type === 'storage-failed')).toHaveLength(1);
  });

  it('that is flushed, or killed and back empty, during maintenance: nobody opens, and the record is back', async () => {
    const redis = await startRedis();
    const storage = new CacheStorage(createCache({ stores: [redisKeyv(redis.url)] }));
    const { maintenance, heard } = await bootContext({ storage, sync });
    await maintenance.enable({ reason: 'Held' });
    const states = new Set<string>();
    const watching = setInterval(() => states.add(maintenance.status().state), 1);
    try {
      await redis.cli('FLUSHALL');
      await heard('storage-recovered');
      await until('it is back', async () => (await redis.cli('GET', 'maintenance-mode')).includes('Held'));
      await redis.kill();
      await until('the outage is noticed', () => maintenance.status().stale);
      await redis.start();
      await until(
        'it is back again',
        async () => (await redis.cli('GET', 'maintenance-mode')).includes('Held'),
        30_000,
      );
      await until('the outage is over', () => !maintenance.status().stale);
    } finally {
      clearInterval(watching);
    }
    expect(states).toEqual(new Set(['active']));
  }, 90_000);

  it('that is slow: what it answers in time counts', async () => {
    const keyv = redisKeyv((await startRedis()).url);
    const get = keyv.getRaw.bind(keyv);
    let asked = 0;
    keyv.getRaw = async (key) => {
      asked += 1;
      const raw = await get(key);
      await delay(100);
      return raw;
    };
    const { maintenance, events } = await bootContext({
      storage: new CacheStorage(keyv),
      sync: { ...sync, timeoutMs: 10_000 },
    });
    await maintenance.enable();
    const before = asked;
    await until('it was asked again', () => asked > before + 2);
    expect(events.map(({ type }) => type)).toEqual(['activated']);
  });
});
