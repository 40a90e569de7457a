import { afterEach, expect, it, jest } from '@jest/globals';
import { RedisStorage } from 'nestjs-maintenance-mode/redis';
import { createCluster } from 'redis';
import {
  describeWithRedis,
  type RedisServer,
  startRedisCluster,
  stopRedis,
} from '../support/redis-server.js';
import { until } from '../support/until.js';

// Servers of their own, on a machine that may be busy.
jest.setTimeout(120_000);

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
