import { setTimeout as delay } from 'node:timers/promises';
import { type RedisServer, startRedis, startRedisCluster, stopRedis } from '../../support/redis-server.js';
import { freePort } from '../../support/free-port.js';
import { until } from '../../support/until.js';
import { FaultProxy } from '../fault-proxy.js';
import { NETWORK_FAULTS, PROCESS_FAULTS } from '../faults.js';
import type { System } from './system.js';

/** A cluster whose nodes do not get to run for a second changes its masters again and again: it takes what it takes. */
const PATIENCE_MS = 240_000;
const KEY = 'maintenance-mode';

/** Three masters, and a replica of the one that has the record. */
export async function redisCluster(): Promise<System> {
  const masters = await startRedisCluster();
  const owner = await ownerOf(masters);
  const replica = await startReplicaOf(owner);
  for (const node of [...masters, replica]) await node.cli('CONFIG', 'SET', 'cluster-node-timeout', '1500');

  const masterNow = async (): Promise<RedisServer> =>
    (await roleOf(owner)).startsWith('master') ? owner : replica;
  const otherThan = (node: RedisServer): RedisServer => (node === owner ? replica : owner);
  /** Whichever of the two it is that follows: a busy machine may have made the old master master again. */
  const whole = (): Promise<void> =>
    until(
      'one node follows the owner of the record, and the cluster is whole',
      async () => {
        const replications = await Promise.all(
          [owner, replica].map((node) => node.cli('INFO', 'replication').catch(() => '')),
        );
        const follows = replications.some((text) => text.includes('master_link_status:up'));
        const leads = replications.some((text) => text.includes('role:master'));
        const states = await Promise.all(
          [...masters, replica].map((each) => each.cli('CLUSTER', 'INFO').catch(() => '')),
        );
        const isOk = states.every((state) => state.includes('cluster_state:ok'));
        return isOk && follows && leads;
      },
      PATIENCE_MS,
    );
  return {
    promises: { atomic: true, neverLate: true, rejectedIsVoid: true },
    faults: [
      ...PROCESS_FAULTS,
      ...NETWORK_FAULTS,
      {
        name: 'a failover by command',
        losesData: true,
        begin: async () => {
          await whole();
          const old = await masterNow();
          await failOverTo(otherThan(old));
          return whole;
        },
      },
      {
        name: 'a failover loses what the replica had not got yet',
        losesData: true,
        begin: async ({ halfMs }) => {
          await whole();
          const old = await masterNow();
          otherThan(old).freeze();
          // What the replica had got before it stood still it would read later.
          await old.cli('CLIENT', 'KILL', 'TYPE', 'replica');
          await delay(Math.min(halfMs, 800));
          await old.kill();
          otherThan(old).thaw();
          await isMaster(otherThan(old));
          return async () => {
            await old.start();
            await whole();
          };
        },
      },
      {
        name: 'the master stands still, and is replaced',
        losesData: true,
        begin: async () => {
          await whole();
          const old = await masterNow();
          old.freeze();
          await isMaster(otherThan(old));
          return async () => {
            old.thaw();
            await whole();
          };
        },
      },
    ],
    connect: async () => {
      const nodes = [...masters, replica];
      const links = await Promise.all(nodes.map(({ port }) => FaultProxy.start(port)));
      const ports = Object.fromEntries(
        nodes.map(({ port }, index) => [`127.0.0.1:${port}`, links[index]?.port ?? port]),
      );
      return { storage: { kind: 'cluster', roots: links.map(({ port }) => port), ports }, links };
    },
    stop: stopRedis,
  };
}

/** A failover by command is given up after five seconds if the two nodes do not come to the same offset in that time. */
async function failOverTo(node: RedisServer): Promise<void> {
  let askedAt = -Infinity;
  await until(
    'the replica has become master by command',
    async () => {
      if ((await roleOf(node)).startsWith('master')) return true;
      if (performance.now() - askedAt < 10_000) return false;
      askedAt = performance.now();
      await node.cli('CLUSTER', 'FAILOVER').catch(() => '');
      return false;
    },
    PATIENCE_MS,
  );
}

async function isMaster(node: RedisServer): Promise<void> {
  return until(
    'the replica has become master',
    async () => (await roleOf(node)).startsWith('master'),
    PATIENCE_MS,
  );
}

async function roleOf(node: RedisServer): Promise<string> {
  return node.cli('ROLE').catch(() => '');
}

async function ownerOf(nodes: readonly RedisServer[]): Promise<RedisServer> {
  for (const node of nodes) {
    // The others answer MOVED, which redis-cli takes for a failure.
    const isOwner = await node.cli('GET', KEY).then(
      () => true,
      () => false,
    );
    if (isOwner) return node;
  }
  throw new Error('No node of the cluster serves the key.');
}

async function startReplicaOf(master: RedisServer): Promise<RedisServer> {
  const bus = ['--cluster-enabled', 'yes', '--cluster-port', `${await freePort()}`];
  const node = await startRedis(...bus);
  const [, gossip] = /@(\d+)[^\n]* myself/.exec(await master.cli('CLUSTER', 'NODES')) ?? [];
  await node.cli('CLUSTER', 'MEET', '127.0.0.1', `${master.port}`, gossip ?? '');
  const id = await master.cli('CLUSTER', 'MYID');
  // Once: each time it would begin to follow anew.
  const follow = node.cli.bind(node, 'CLUSTER', 'REPLICATE', id);
  await until(
    'the new node knows the owner of the record',
    () =>
      follow().then(
        () => true,
        () => false,
      ),
    PATIENCE_MS,
  );
  await until(
    'the new node follows the owner of the record',
    async () => (await node.cli('INFO', 'replication')).includes('master_link_status:up'),
    PATIENCE_MS,
  );
  return node;
}
