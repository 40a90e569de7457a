import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { type RedisClientLike, RedisStorage } from 'nestjs-maintenance-mode/redis';
import { describeMaintenanceStorage } from 'nestjs-maintenance-mode/testing';
import { createClient, createClientPool, createCluster, createSentinel, RESP_TYPES } from 'redis';
import { freePort } from '../support/free-port.js';
import {
  describeWithRedis,
  type RedisServer,
  startRedis,
  startRedisCluster,
  startRedisSentinel,
  stopRedis,
} from '../support/redis-server.js';

interface Connectable extends RedisClientLike {
  connect(): Promise<unknown>;
  destroy(): unknown;
}

let server: RedisServer;
const clients: Connectable[] = [];

/** A connected client as an application has it. */
async function connected<C extends Connectable>(client: C): Promise<C> {
  client.on('error', () => undefined);
  await client.connect();
  clients.push(client);
  return client;
}

beforeAll(async () => {
  server = await startRedis();
});

afterAll(async () => {
  for (const client of clients) await client.destroy();
  await stopRedis();
});

async function unreachable(): Promise<string> {
  return `redis://127.0.0.1:${await freePort()}`;
}

/** What one process has: a client for all of its storages. */
function contractOf(name: string, client: () => Promise<Connectable>): void {
  describeWithRedis(name, () => {
    let shared: Connectable;
    beforeAll(async () => {
      shared = await client();
    });
    describeMaintenanceStorage(
      `RedisStorage with ${name}`,
      () => {
        const key = `place-${randomUUID()}`;
        return { connect: () => new RedisStorage({ client: shared, key }) };
      },
      { describe, it },
    );
  });
}

describeWithRedis('a URL', () => {
  describeMaintenanceStorage(
    'RedisStorage with a URL',
    async () => {
      const key = `place-${randomUUID()}`;
      const broken = await unreachable();
      return {
        connect: () => new RedisStorage({ url: server.url, key }),
        connectBroken: () => new RedisStorage({ url: broken, key }),
      };
    },
    { describe, it },
  );
});

contractOf('a client', () => connected(createClient({ url: server.url })));
contractOf('a client that speaks RESP3', () => connected(createClient({ url: server.url, RESP: 3 })));
contractOf('a client that makes buffers of strings', () =>
  connected(
    createClient({
      url: server.url,
      commandOptions: { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } },
    }),
  ),
);
contractOf('a pool', () => connected(createClientPool({ url: server.url })));
contractOf('a cluster', async () => {
  const [first] = await startRedisCluster();
  return connected(createCluster({ rootNodes: [{ url: first?.url ?? '' }] }));
});
contractOf('a sentinel', async () => {
  const { name, sentinel } = await startRedisSentinel();
  const sentinelRootNodes = [{ host: '127.0.0.1', port: sentinel.port }];
  return connected(createSentinel({ name, sentinelRootNodes }));
});
