import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, expect, it } from '@jest/globals';
import { RedisStorage } from 'nestjs-maintenance-mode/redis';
import { createClient } from 'redis';
import { describeWithRedis, type RedisServer, startRedis, stopRedis } from '../support/redis-server.js';
import { freeze } from '../support/freeze.js';
import { bootContext, closeContexts } from '../support/state-context.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { until } from '../support/until.js';

const KEY = 'maintenance-mode';
/** Far more than the half minute that is promised: a loaded machine is slower. */
const PATIENCE_MS = 90_000;
/** So that nothing is learned by polling. */
const NEVER = 2 ** 30;

const cleanUps: (() => unknown)[] = [];

afterAll(async () => {
  await closeContexts();
  for (const cleanUp of cleanUps) await cleanUp();
  await stopRedis();
});

interface Place {
  readonly server: RedisServer;
  readonly proxy: TcpProxy;
  /** Through the proxy. */
  readonly url: string;
  readonly subscribers: () => Promise<number>;
}

/** A server of its own for each test, so that they can wait at once. */
async function start(): Promise<Place> {
  const server = await startRedis();
  const proxy = await TcpProxy.start(server.port);
  cleanUps.push(() => proxy.close());
  return {
    server,
    proxy,
    url: `redis://127.0.0.1:${proxy.port}`,
    subscribers: async () => Number((await server.cli('PUBSUB', 'NUMSUB', KEY)).split('\n')[1]),
  };
}

describeWithRedis('A connection that swallows bytes without a reset', () => {
  it.concurrent.each([
    ['polled', 50],
    ['only pushed', NEVER],
  ])('is given up while the state is %s: the instance catches up by itself', async (_, pollIntervalMs) => {
    const { server, proxy, url, subscribers } = await start();
    const storage = new RedisStorage({ url });
    const context = await bootContext({ storage, sync: { pollIntervalMs, timeoutMs: 500 } });
    await until('it has subscribed', async () => (await subscribers()) === 1);
    proxy.swallow();
    await server.cli('SET', KEY, '1');
    proxy.heal();
    await until('it knows', () => context.maintenance.isActive(), PATIENCE_MS);
    await until('it is fresh', () => !context.maintenance.status().stale, PATIENCE_MS);
  });

  it.concurrent('is given up as well while somebody tries to switch all the time', async () => {
    const { server, proxy, url } = await start();
    const storage = new RedisStorage({ url });
    const { maintenance } = await bootContext({ storage, sync: { pollIntervalMs: 50, timeoutMs: 2_000 } });
    await maintenance.enable();
    proxy.swallow();
    await expect(maintenance.disable()).rejects.toMatchObject({ code: 'MAINTENANCE_STORAGE' });
    proxy.heal();
    const isOff = async (): Promise<boolean> =>
      maintenance.disable().then(
        () => true,
        () => false,
      );
    await until('the switch works', isOff, PATIENCE_MS);
    expect(await server.cli('GET', KEY)).toContain('"state": "off"');
  });

  it.concurrent('is given up when it swallows the handshake', async () => {
    const { server, proxy, url } = await start();
    proxy.swallow();
    const storage = new RedisStorage({ url });
    const context = await bootContext({ storage, sync: { pollIntervalMs: NEVER, timeoutMs: 300 } });
    expect(context.maintenance.status().stale).toBe(true);
    await server.cli('SET', KEY, '1');
    proxy.heal();
    await until('it knows', () => context.maintenance.isActive(), PATIENCE_MS);
  });

  it.concurrent("is given up if it is the subscription's, beside an application's own client", async () => {
    const { server, proxy, url, subscribers } = await start();
    // Its own connection goes past the proxy: only what it is duplicated to is made through it.
    const client = createClient({ url: server.url }).on('error', () => undefined);
    await client.connect();
    cleanUps.push(() => client.destroy());
    const duplicate = client.duplicate.bind(client);
    client.duplicate = (overrides?: object) => duplicate({ ...overrides, url });
    const storage = new RedisStorage({ client });
    const context = await bootContext({ storage, sync: { pollIntervalMs: NEVER, timeoutMs: 5_000 } });
    await until('it has subscribed', async () => (await subscribers()) === 1);
    proxy.swallow();
    const other = await bootContext({ storage: new RedisStorage({ url: server.url }) });
    await other.maintenance.enable();
    proxy.heal();
    await context.heard('activated');
  });
});

describeWithRedis('A server that is not the one that takes writes', () => {
  it.concurrent('is left by the own client when the address leads to another after a failover', async () => {
    const { server, proxy, url } = await start();
    const promoted = await startRedis();
    const storage = new RedisStorage({ url });
    const { maintenance } = await bootContext({ storage, sync: { pollIntervalMs: NEVER, timeoutMs: 5_000 } });
    await maintenance.enable({ reason: 'Before' });
    // What a failover by a virtual address does, to which the connection that is there stays as it is.
    await promoted.cli('SET', KEY, await server.cli('GET', KEY));
    await server.cli('REPLICAOF', '127.0.0.1', `${promoted.port}`);
    proxy.target = promoted.port;
    expect(await maintenance.disable()).toMatchObject({ state: 'off', stale: false });
    expect(await promoted.cli('GET', KEY)).toContain('"state": "off"');
  });

  it.concurrent('says so as long as there is no other, and is tried until the time is over', async () => {
    const { server, proxy, url } = await start();
    const storage = new RedisStorage({ url });
    await server.cli('CONFIG', 'SET', 'replica-read-only', 'yes');
    await server.cli('REPLICAOF', '127.0.0.1', `${(await startRedis()).port}`);
    await until('the replica follows', async () =>
      (await server.cli('INFO', 'replication')).includes('master_link_status:up'),
    );
    cleanUps.push(() => storage.close());
    // Connected by now: the time is for attempts.
    await storage.read();
    const timeoutMs = 5_000;
    let attempts = 0;
    let over = Infinity;
    proxy.request = async (chunk) => {
      if (!chunk.includes('PUBLISH')) return chunk;
      attempts += 1;
      // The second one gets there too late, and has nothing to say about the server.
      if (attempts > 1) await delay(over - performance.now());
      return chunk;
    };
    const writing = storage.write('text', undefined, { timeoutMs });
    over = performance.now() + timeoutMs;
    await expect(writing).rejects.toThrow(/READONLY/);
    expect(attempts).toBe(2);
  });

  it.concurrent('is no source of the state if it is a replica that has lost its master', async () => {
    const { server, url } = await start();
    const master = await startRedis();
    await server.cli('REPLICAOF', '127.0.0.1', `${master.port}`);
    await until('the replica follows', async () =>
      (await server.cli('INFO', 'replication')).includes('master_link_status:up'),
    );
    const storage = new RedisStorage({ url });
    const context = await bootContext({ storage, sync: { pollIntervalMs: 50, timeoutMs: 5_000 } });
    expect(context.maintenance.status().stale).toBe(false);
    await master.kill();
    const failed = await context.heard('storage-failed');
    expect(String(Reflect.get(failed, 'error') ?? context.logs.join())).toContain('replica');
    await server.cli('REPLICAOF', 'NO', 'ONE');
    await context.heard('storage-recovered');
    await context.maintenance.enable();
  });
});

// Last: nothing that waits beside it would hear anything meanwhile.
describeWithRedis('A connection of a process whose event loop was blocked', () => {
  it('is not given up', async () => {
    const { server, url, subscribers } = await start();
    const storage = new RedisStorage({ url });
    await bootContext({ storage, sync: { pollIntervalMs: NEVER, timeoutMs: 5_000 } });
    await until('it has subscribed', async () => (await subscribers()) === 1);
    const [before] = (await server.cli('CLIENT', 'LIST', 'TYPE', 'normal')).split(' ');
    freeze(11_000);
    await storage.read();
    expect(await server.cli('CLIENT', 'LIST', 'TYPE', 'normal')).toContain(`${before} `);
  });
});
