import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis as IoRedis } from 'ioredis';
import { RedisStorage } from 'nestjs-maintenance-mode/redis';
import { createClient } from 'redis';
import { createClient as createClient4 } from 'redis-4';
import { describeWithRedis, type RedisServer, startRedis, stopRedis } from '../support/redis-server.js';
import { bootContext, closeContexts } from '../support/state-context.js';

const open = (client: unknown): unknown => Reflect.construct(RedisStorage, [{ client }]);
const REFUSED = /^RedisStorage\.client: expected a client of node-redis 5 or 6 \(not of 4, of ioredis or/;

describe('RedisStorage refuses, at once and with the reason,', () => {
  it.each<[what: string, make: () => unknown]>([
    ['a client of node-redis 4', () => createClient4()],
    ['a client of node-redis 4 in legacy mode', () => createClient4({ legacyMode: true })],
    ['a client of ioredis', () => new IoRedis({ lazyConnect: true })],
    ['a cluster of ioredis', () => new IoRedis.Cluster([], { lazyConnect: true })],
    ['a client in legacy mode', () => createClient().legacy()],
    ['a URL as client', () => 'redis://localhost'],
  ])('%s', (_, make) => {
    expect(() => open(make())).toThrow(REFUSED);
  });
});

describeWithRedis('A client that does not answer as it is asked to', () => {
  let server: RedisServer;
  const cleanUps: (() => unknown)[] = [];
  beforeEach(async () => {
    server = await startRedis();
  });
  afterEach(async () => {
    await closeContexts();
    for (const cleanUp of cleanUps.splice(0)) await cleanUp();
    await stopRedis();
  });

  it('is a failure, and never "nothing stored"', async () => {
    // A wrapper, as of a tracing package, that drops the options of a command.
    const client = createClient({ url: server.url });
    await client.connect();
    cleanUps.push(() => client.destroy());
    const send = client.sendCommand.bind(client);
    client.sendCommand = (args: readonly string[]) => send(args);
    await server.cli('SET', 'maintenance-mode', '1');
    const storage = new RedisStorage({ client });
    await expect(storage.read()).rejects.toThrow(/needs a client of node-redis 5 or 6/);
    const { maintenance } = await bootContext({ storage, unknownState: 'closed' });
    expect(maintenance.status()).toMatchObject({ state: 'active', stale: true });
  });
});
