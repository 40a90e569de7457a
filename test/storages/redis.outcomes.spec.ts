import { EventEmitter, once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { type RedisClientLike, RedisStorage } from 'nestjs-maintenance-mode/redis';
import { createClient, createClientPool } from 'redis';
import { describeWithRedis, type RedisServer, startRedis, stopRedis } from '../support/redis-server.js';
import { TcpProxy } from '../support/tcp-proxy.js';

/** Stands in the script that writes, and in no other command. */
const WRITES = "redis.call('SET'";
const LONG_MS = 60_000;

let server: RedisServer;
let proxy: TcpProxy;
const cleanUps: (() => unknown)[] = [];

const isWrite = (chunk: Buffer): boolean => chunk.includes(WRITES);
const isWritten = (chunk: Buffer): boolean => chunk.includes('written\r\n');

beforeEach(async () => {
  server = await startRedis();
  proxy = await TcpProxy.start(server.port);
});

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
  await proxy.close();
  await stopRedis();
});

async function given(
  client: RedisClientLike & { connect(): Promise<unknown>; destroy(): unknown },
): Promise<RedisStorage> {
  client.on('error', () => undefined);
  await client.connect();
  cleanUps.push(() => client.destroy());
  return new RedisStorage({ client });
}

const WAYS: [way: string, open: (url: string) => Promise<RedisStorage>][] = [
  [
    'its own client',
    async (url) => {
      const storage = new RedisStorage({ url });
      cleanUps.push(() => storage.close());
      return storage;
    },
  ],
  ["an application's client", async (url) => given(createClient({ url }))],
  ["an application's pool", async (url) => given(createClientPool({ url }))],
];

for (const [way, open] of WAYS) {
  describeWithRedis(`A write by ${way} whose connection breaks`, () => {
    let storage: RedisStorage;
    beforeEach(async () => {
      storage = await open(`redis://127.0.0.1:${proxy.port}`);
    });

    it('after Redis has made it is reported as made, and is made once', async () => {
      const first = await storage.write('first');
      let lost = 0;
      proxy.answer = (chunk) => {
        if (!isWritten(chunk) || lost > 0) return chunk;
        lost += 1;
        proxy.cut();
        return Buffer.alloc(0);
      };
      const second = await storage.write('second', first.version, { timeoutMs: LONG_MS });
      expect(lost).toBe(1);
      expect(await storage.read()).toEqual(second);
    });

    it('before Redis has it is made by being sent again', async () => {
      const first = await storage.write('first');
      let lost = 0;
      proxy.request = (chunk) => {
        if (!isWrite(chunk) || lost > 0) return chunk;
        lost += 1;
        proxy.cut();
        return Buffer.alloc(0);
      };
      const second = await storage.write('second', first.version, { timeoutMs: LONG_MS });
      expect(lost).toBe(1);
      expect(await storage.read()).toEqual(second);
    });

    it('and that arrives all the same, later, changes nothing that was written since', async () => {
      const first = await storage.write('first');
      const gate = new EventEmitter();
      let held = 0;
      proxy.request = async (chunk) => {
        if (!isWrite(chunk) || held > 0) return chunk;
        held += 1;
        setImmediate(() => proxy.cutClients());
        await once(gate, 'opened');
        return chunk;
      };
      const second = await storage.write('second', first.version, { timeoutMs: LONG_MS });
      const third = await storage.write('third', second.version);
      gate.emit('opened');
      // Its connection is another one, so there is nothing to wait for but the time that it takes.
      await delay(300);
      expect(held).toBe(1);
      expect(await storage.read()).toEqual(third);
    });

    it('for good is of unknown outcome, and never takes effect once that was said', async () => {
      const first = await storage.write('first');
      const gate = new EventEmitter();
      proxy.request = async (chunk) => {
        if (!isWrite(chunk)) return chunk;
        setImmediate(() => {
          proxy.swallow();
          proxy.cutClients();
        });
        await once(gate, 'opened');
        return chunk;
      };
      const began = performance.now();
      const timeoutMs = 500;
      const failed = storage.write('late', first.version, { timeoutMs }).then(
        () => 'made',
        (error: unknown) => String(error),
      );
      // A handshake that is swallowed settles later; its caller has been told by its own time limit before.
      await delay(timeoutMs - (performance.now() - began));
      gate.emit('opened');
      expect(await server.cli('GET', 'maintenance-mode')).toContain('first');
      proxy.heal();
      proxy.request = (chunk) => chunk;
      proxy.cutClients();
      expect(await failed).toMatch(/unknown|nothing was written/);
      expect(await server.cli('GET', 'maintenance-mode')).toContain('first');
    });
  });
}

describeWithRedis('A write whose connection was lost before it began', () => {
  it('is made on a new connection', async () => {
    const storage = new RedisStorage({ url: `redis://127.0.0.1:${proxy.port}` });
    cleanUps.push(() => storage.close());
    await storage.write('first');
    proxy.cut();
    await expect(storage.write('second', undefined, { timeoutMs: LONG_MS })).resolves.toMatchObject({
      text: 'second',
    });
  });
});
