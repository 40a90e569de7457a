import { setTimeout as delay } from 'node:timers/promises';
import { type RedisServer, startRedisSentinel, stopRedis } from '../../support/redis-server.js';
import { until } from '../../support/until.js';
import { FaultProxy } from '../fault-proxy.js';
import { NETWORK_FAULTS, PROCESS_FAULTS } from '../faults.js';
import type { System } from './system.js';

const PATIENCE_MS = 60_000;

/** A master, a replica and a sentinel, which makes the one the other's successor. */
export async function redisSentinel(): Promise<System> {
  const { name, master, replica, sentinel } = await startRedisSentinel();
  const nodes = [master, replica];
  const masterNow = async (): Promise<RedisServer> => {
    const address = await sentinel.cli('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name);
    return nodes.find(({ port }) => address.endsWith(`${port}`)) ?? master;
  };
  const otherThan = (node: RedisServer): RedisServer => (node === master ? replica : master);
  const whole = (): Promise<void> =>
    until(
      'the sentinel has a master and a replica that follows it',
      async () => {
        const [now, replicas] = [await masterNow(), await sentinel.cli('SENTINEL', 'REPLICAS', name)];
        const follows = await otherThan(now)
          .cli('INFO', 'replication')
          .catch(() => '');
        return /^flags\nslave$/m.test(replicas) && follows.includes('master_link_status:up');
      },
      PATIENCE_MS,
    );
  const failedOver = (old: RedisServer): Promise<void> =>
    until('the sentinel has another master', async () => (await masterNow()) !== old, PATIENCE_MS);
  return {
    promises: { atomic: true, neverLate: true, rejectedIsVoid: true },
    faults: [
      ...PROCESS_FAULTS,
      ...NETWORK_FAULTS,
      {
        name: 'the master is killed, and comes back as a replica',
        losesData: true,
        begin: async () => {
          const old = await masterNow();
          await old.kill();
          await failedOver(old);
          return async () => {
            await old.start();
            await whole();
          };
        },
      },
      {
        name: 'a failover loses what the replica had not got yet',
        losesData: true,
        begin: async ({ halfMs }) => {
          const old = await masterNow();
          otherThan(old).freeze();
          // What the replica had got before it stood still it would read later.
          await old.cli('CLIENT', 'KILL', 'TYPE', 'replica');
          // Short of what makes the sentinel give the replica up.
          await delay(Math.min(halfMs, 400));
          await old.kill();
          otherThan(old).thaw();
          await failedOver(old);
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
          const old = await masterNow();
          old.freeze();
          await failedOver(old);
          return async () => {
            old.thaw();
            await whole();
          };
        },
      },
      {
        name: 'a failover by command',
        losesData: true,
        begin: async () => {
          const old = await masterNow();
          await sentinel.cli('SENTINEL', 'FAILOVER', name);
          await failedOver(old);
          return whole;
        },
      },
    ],
    connect: async () => {
      const links = await Promise.all([...nodes, sentinel].map(({ port }) => FaultProxy.start(port)));
      const ports = Object.fromEntries(
        nodes.map(({ port }, index) => [`127.0.0.1:${port}`, links[index]?.port ?? port]),
      );
      const roots = [links.at(-1)?.port ?? sentinel.port];
      return { storage: { kind: 'sentinel', name, roots, ports }, links };
    },
    stop: stopRedis,
  };
}
