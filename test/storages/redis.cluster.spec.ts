import { afterEach, expect, it, jest } from '@jest/globals';
import { RedisStorage } from 'nestjs-maintenance-mode/redis';
import { createCluster } from 'redis';
import {
  describeWithRedis,
  type RedisServer,
  startRedisCluster,
  stopRedis,
} from '../support/redis-server.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { until } from '../support/until.js';

const PATIENCE_MS = 60_000;

afterEach(stopRedis);

type Cluster = ReturnType<typeof createCluster>;

interface Watching {
  readonly nodes: readonly RedisServer[];
  readonly cluster: Cluster;
  /** What the storage listens with. */
  readonly duplicate: Cluster;
  readonly storage: RedisStorage;
  readonly unwatch: () => Promise<void>;
}

async function watching(): Promise<Watching> {
  const nodes = await startRedisCluster();
  const cluster = createCluster({ rootNodes: [{ url: nodes[0]?.url ?? '' }] });
  cluster.on('error', () => undefined);
  await cluster.connect();
  const duplicating = jest.spyOn(cluster, 'duplicate');
  const storage = new RedisStorage({ client: cluster });
  const unwatch = await storage.watch(() => undefined);
  const duplicate = duplicating.mock.results[0]?.value as Cluster;
  return { nodes, cluster, duplicate, storage, unwatch };
}

async function subscribers(nodes: readonly RedisServer[]): Promise<number> {
  const lists = await Promise.all(nodes.map((node) => node.cli('CLIENT', 'LIST', 'TYPE', 'pubsub')));
  return lists.join('\n').split('\n').filter(Boolean).length;
}

describeWithRedis('A cluster of which a connection is closed already', () => {
  it.each(['of commands', 'of the subscription'])(
    'is not listened to any more after unwatching, and nothing throws: one %s',
    async (which) => {
      const { nodes, cluster, duplicate, unwatch } = await watching();
      expect(await subscribers(nodes)).toBe(1);
      if (which === 'of commands') {
        const [master] = duplicate.masters;
        if (master === undefined) throw new Error('The cluster has masters.');
        (await duplicate.nodeClient(master)).destroy();
      } else {
        duplicate.pubSubNode?.client?.destroy();
      }
      await unwatch();
      await until('nobody listens', async () => (await subscribers(nodes)) === 0, PATIENCE_MS);
      expect(duplicate.isOpen).toBe(false);
      cluster.destroy();
    },
  );

  it('is listened to anew after a message that did not come, without an uncaught exception', async () => {
    const { nodes, cluster, duplicate, storage, unwatch } = await watching();
    await storage.read();
    const [master] = duplicate.masters;
    if (master === undefined) throw new Error('The cluster has masters.');
    (await duplicate.nodeClient(master)).destroy();
    // Nothing is published: the storage takes its subscription for dead, and begins anew from a timer.
    duplicate.pubSubNode?.client?.destroy();
    await cluster.set('maintenance-mode', '1');
    await storage.read();
    await until('it listens again', async () => (await subscribers(nodes)) === 1, PATIENCE_MS);
    await unwatch();
    await until('nobody listens', async () => (await subscribers(nodes)) === 0, PATIENCE_MS);
    cluster.destroy();
  });
});

describeWithRedis('A cluster with a socket timeout', () => {
  // By default node-redis does not reconnect after a socket timeout: it keeps the closed client of that node for ever.
  it('is read and written again after its nodes did not answer for longer than that', async () => {
    const nodes = await startRedisCluster();
    const proxies = await Promise.all(nodes.map(({ port }) => TcpProxy.start(port)));
    const ports = new Map(
      nodes.map(({ port }, index) => [`127.0.0.1:${port}`, proxies[index]?.port ?? port]),
    );
    const cluster = createCluster({
      rootNodes: proxies.map(({ port }) => ({ url: `redis://127.0.0.1:${port}` })),
      nodeAddressMap: (address) => ({ host: '127.0.0.1', port: ports.get(address) ?? 0 }),
      defaults: { pingInterval: 200, socket: { socketTimeout: 500 } },
    });
    cluster.on('error', () => undefined);
    const timeouts: unknown[] = [];
    cluster.on('node-error', (error: unknown) => timeouts.push(error));
    await cluster.connect();
    const storage = new RedisStorage({ client: cluster });
    await storage.write('before', null);

    for (const proxy of proxies) proxy.swallow();
    await until('all nodes are given up', () => cluster.masters.every(({ client }) => !client?.isOpen));
    for (const proxy of proxies) proxy.heal();

    expect(timeouts).not.toEqual([]);
    expect(await storage.read()).toMatchObject({ text: 'before' });
    await storage.write('after');
    expect(await storage.read()).toMatchObject({ text: 'after' });
    cluster.destroy();
    await Promise.all(proxies.map((proxy) => proxy.close()));
  });
});
