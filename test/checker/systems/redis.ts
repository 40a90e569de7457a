import { setTimeout as delay } from 'node:timers/promises';
import { redisServerOn, type RedisServer, stopRedis } from '../../support/redis-server.js';
import { FaultProxy } from '../fault-proxy.js';
import { HALF_OPEN, named, NETWORK_FAULTS, PROCESS_FAULTS, together } from '../faults.js';
import type { StorageSettings } from '../worker-storage.js';
import type { FaultKind, System } from './system.js';

/** One Redis with snapshots, which it is started again with. */
export async function redis(): Promise<System> {
  const server = await (await redisServerOn()).start();
  const faults = serverFaults(server);
  return {
    promises: { atomic: true, neverLate: true, rejectedIsVoid: true },
    faults: [...PROCESS_FAULTS, ...NETWORK_FAULTS, HALF_OPEN, ...faults, ...combined(faults)],
    connect: () => connectTo(server, 'redis'),
    stop: stopRedis,
  };
}

/** The same through Keyv, which cannot compare. */
export async function keyv(): Promise<System> {
  const server = await (await redisServerOn()).start();
  return {
    promises: { atomic: false, neverLate: false, rejectedIsVoid: false },
    faults: [...PROCESS_FAULTS, ...NETWORK_FAULTS, ...serverFaults(server)],
    connect: () => connectTo(server, 'keyv'),
    stop: stopRedis,
  };
}

async function connectTo(
  server: RedisServer,
  kind: 'redis' | 'keyv',
): Promise<{ storage: StorageSettings; links: readonly FaultProxy[] }> {
  const link = await FaultProxy.start(server.port);
  return { storage: { kind, port: link.port }, links: [link] };
}

function serverFaults(server: RedisServer): readonly FaultKind[] {
  return [
    {
      name: 'Redis stands still',
      begin: async () => {
        server.freeze();
        return async () => server.thaw();
      },
    },
    {
      name: 'Redis is restarted and loses nothing',
      begin: async ({ halfMs }) => {
        // Nothing is written between the snapshot and the end.
        await server.cli('CLIENT', 'PAUSE', '60000', 'WRITE');
        await server.cli('SAVE');
        await server.kill();
        await delay(halfMs);
        return async () => void (await server.start());
      },
    },
    {
      name: 'Redis is killed and comes back with an old snapshot',
      losesData: true,
      begin: async ({ halfMs }) => {
        await server.cli('SAVE');
        await delay(halfMs);
        await server.kill();
        return async () => void (await server.start());
      },
    },
    {
      name: 'Redis forgets everything (FLUSHALL)',
      losesData: true,
      begin: async () => {
        await server.cli('FLUSHALL');
        return async () => undefined;
      },
    },
  ];
}

/** What was acknowledged is known to one process only, which cannot tell the others. */
function combined(faults: readonly FaultKind[]): readonly FaultKind[] {
  const partition = named('the network of one process stands still');
  return faults
    .filter(({ losesData }) => losesData === true)
    .map((fault) =>
      together(`${fault.name} while the network of one process stands still`, partition, fault),
    );
}
