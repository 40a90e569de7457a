import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, expect, it } from '@jest/globals';
import { RedisStorage } from 'nestjs-maintenance-mode/redis';
import { createClient } from 'redis';
import { freePort } from '../support/free-port.js';
import {
  describeWithRedis,
  redisServerOn,
  type RedisServer,
  startRedis,
  stopRedis,
} from '../support/redis-server.js';
import { bootContext, closeContexts, type StateContext } from '../support/state-context.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { until } from '../support/until.js';

const KEY = 'maintenance-mode';
/** The limit is for what does not answer. What answers on a busy machine needs less; tests wait for it at once. */
const sync = { pollIntervalMs: 50, timeoutMs: 3_000 };
/** More than what an outage lasts until it is noticed, and until it is over: backoff is random. */
const PATIENCE_MS = 60_000;

const cleanUps: (() => unknown)[] = [];

afterAll(async () => {
  await closeContexts();
  for (const cleanUp of cleanUps) await cleanUp();
  await stopRedis();
});

/** The two ways to a server: by a URL, and by a client that the application has. */
const WAYS: [way: string, open: (url: string) => RedisStorage][] = [
  ['a URL', (url) => new RedisStorage({ url })],
  [
    'a client',
    (url) => {
      // Without an error listener, which would end this process with the connection.
      const client = createClient({ url });
      void client.connect().catch(() => undefined);
      cleanUps.push(() => client.isOpen && client.destroy());
      return new RedisStorage({ client });
    },
  ],
];

const boot = (storage: RedisStorage, more: Partial<typeof sync> = {}): Promise<StateContext> =>
  bootContext({ storage, sync: { ...sync, ...more } });

/** How many listen to what is pushed. */
const subscribers = async (server: RedisServer): Promise<number> =>
  Number((await server.cli('PUBSUB', 'NUMSUB', KEY)).split('\n')[1]);

/** The events of an outage, whatever else has happened. */
const outages = ({ events }: StateContext): string[] =>
  events.map(({ type }) => type).filter((type) => type.startsWith('storage-'));

async function isFresh({ maintenance }: StateContext): Promise<void> {
  await until('the storage answers again', () => !maintenance.status().stale, PATIENCE_MS);
}

for (const [way, open] of WAYS) {
  describeWithRedis(`RedisStorage with ${way}`, () => {
    it.concurrent(
      'writes back what a server has forgotten that was killed and comes back empty',
      async () => {
        let server = await startRedis();
        const context = await boot(open(server.url));
        await context.maintenance.enable({ reason: 'Not forgotten' });
        const { port } = server;
        await server.kill();
        await context.heard('storage-failed');
        server = await (await redisServerOn(port)).start();
        await until(
          'it is written back',
          async () => (await server.cli('GET', KEY)).includes('Not forgotten'),
          PATIENCE_MS,
        );
        await isFresh(context);
        expect(context.maintenance.status()).toMatchObject({ state: 'active', revision: 1 });
        expect(context.events.map(({ type }) => type)).not.toContain('deactivated');
      },
    );

    it.concurrent('stays in effect through FLUSHALL, and is written back', async () => {
      const server = await startRedis();
      const [one, other] = [await boot(open(server.url)), await boot(open(server.url))];
      await one.maintenance.enable({ reason: 'Not flushed' });
      await other.heard('activated');
      await server.cli('FLUSHALL');
      await until(
        'it is written back',
        async () => (await server.cli('GET', KEY)).includes('Not flushed'),
        PATIENCE_MS,
      );
      for (const context of [one, other]) {
        await isFresh(context);
        expect(context.maintenance.status()).toMatchObject({
          state: 'active',
          reason: 'Not flushed',
          revision: 1,
        });
        expect(context.events.map(({ type }) => type)).not.toContain('deactivated');
      }
      await until('one of them has said so', () =>
        [...outages(one), ...outages(other)].includes('storage-failed'),
      );
    });

    it.concurrent(
      'holds while Redis is frozen, rejects within the time limit, and tells of each end once',
      async () => {
        const server = await startRedis();
        const context = await boot(open(server.url));
        await context.maintenance.enable({ reason: 'Last known' });
        server.freeze();
        await context.heard('storage-failed');
        const calls = [context.maintenance.disable(), context.maintenance.enable({ reason: 'Never' })];
        await Promise.all(calls.map((call) => expect(call).rejects.toThrow(`within ${sync.timeoutMs} ms`)));
        expect(context.maintenance.status()).toMatchObject({
          state: 'active',
          reason: 'Last known',
          stale: true,
        });
        server.thaw();
        await context.heard('storage-recovered');
        expect(context.maintenance.status()).toMatchObject({
          state: 'active',
          reason: 'Last known',
          revision: 1,
        });
        expect((await context.maintenance.disable()).revision).toBe(2);
        expect(outages(context)).toEqual(['storage-failed', 'storage-recovered']);
      },
    );

    it.concurrent(
      'works with a slow network, and fails with one that is slower than the time limit',
      async () => {
        const server = await startRedis();
        const proxy = await TcpProxy.start(server.port);
        cleanUps.push(() => proxy.close());
        const storage = open(`redis://127.0.0.1:${proxy.port}`);
        const context = await boot(storage, { timeoutMs: 3_000, pollIntervalMs: 2 ** 30 });
        const slowBy = (ms: number): void => {
          proxy.answer = async (chunk) => {
            await delay(ms);
            return chunk;
          };
        };
        slowBy(50);
        expect((await context.maintenance.enable()).state).toBe('active');
        slowBy(4_000);
        await expect(context.maintenance.refresh()).rejects.toThrow('no answer within 3000 ms');
        expect(context.maintenance.isActive()).toBe(true);
        proxy.answer = (chunk) => chunk;
        proxy.cut();
        await isFresh(context);
      },
    );

    it.concurrent('goes on after its connections were cut', async () => {
      const server = await startRedis();
      const [one, other] = [await boot(open(server.url)), await boot(open(server.url))];
      await server.cli('CLIENT', 'KILL', 'TYPE', 'normal');
      await server.cli('CLIENT', 'KILL', 'TYPE', 'pubsub');
      await until(
        'one is back',
        async () =>
          one.maintenance.enable().then(
            () => true,
            () => false,
          ),
        PATIENCE_MS,
      );
      await other.heard('activated');
      expect(other.maintenance.isActive()).toBe(true);
    });
  });
}

describeWithRedis('What RedisStorage pushes', () => {
  /** So that nothing is learned by polling. */
  const pushed = { pollIntervalMs: 2 ** 30, timeoutMs: 10_000 };

  it.concurrent('reaches others without a poll, on connections of their own', async () => {
    const server = await startRedis();
    const client = createClient({ url: server.url });
    await client.connect();
    cleanUps.push(() => client.destroy());
    const [one, other] = [
      await bootContext({ storage: new RedisStorage({ client }), sync: pushed }),
      await bootContext({ storage: new RedisStorage({ url: server.url }), sync: pushed }),
    ];
    await until('both have subscribed', async () => (await subscribers(server)) === 2);
    expect(client.isPubSubActive).toBe(false);
    await other.maintenance.enable();
    await one.heard('activated');
    await one.maintenance.disable();
    await other.heard('deactivated');
  });

  it.concurrent('is read after the subscription was lost, without a poll', async () => {
    const server = await startRedis();
    const { maintenance, heard } = await bootContext({
      storage: new RedisStorage({ url: server.url }),
      sync: pushed,
    });
    await until('it has subscribed', async () => (await subscribers(server)) === 1);
    // The server forgets who was subscribed before it takes the next command of the same connection.
    await server.pipe(['CLIENT', 'KILL', 'TYPE', 'pubsub'], ['SET', KEY, '1']);
    await heard('activated');
    expect(maintenance.isActive()).toBe(true);
  });

  it.concurrent('is found by the next poll if it was not pushed', async () => {
    const server = await startRedis();
    const context = await boot(new RedisStorage({ url: server.url }));
    await server.cli('SET', KEY, '1');
    await context.heard('activated');
    expect(outages(context)).toEqual([]);
  });

  it.concurrent(
    'comes again after a connection that died without a word, once a poll has found what it had missed',
    async () => {
      const server = await startRedis();
      const proxy = await TcpProxy.start(server.port);
      cleanUps.push(() => proxy.close());
      const storage = new RedisStorage({ url: `redis://127.0.0.1:${proxy.port}` });
      const context = await bootContext({ storage, sync: pushed });
      await until('it has subscribed', async () => (await subscribers(server)) === 1);
      const [before] = (await server.cli('CLIENT', 'LIST', 'TYPE', 'pubsub')).split(' ');
      // Messages get lost, and nothing else.
      proxy.answer = (chunk) => (chunk.includes('message\r\n') ? Buffer.alloc(0) : chunk);
      const writer = await bootContext({ storage: new RedisStorage({ url: server.url }), sync: pushed });
      await until('both have subscribed', async () => (await subscribers(server)) === 2);
      await writer.maintenance.enable();
      expect((await context.maintenance.refresh()).state).toBe('active');
      proxy.answer = (chunk) => chunk;
      await until(
        'it has subscribed anew',
        async () => {
          const list = await server.cli('CLIENT', 'LIST', 'TYPE', 'pubsub');
          return !list.includes(`${before} `) && (await subscribers(server)) === 2;
        },
        PATIENCE_MS,
      );
      await writer.maintenance.disable();
      await context.heard('deactivated');
    },
  );

  it.concurrent('leaves no subscription behind', async () => {
    const server = await startRedis();
    const client = createClient({ url: server.url });
    await client.connect();
    cleanUps.push(() => client.destroy());
    const context = await bootContext({ storage: new RedisStorage({ client }), sync: pushed });
    await until('it has subscribed', async () => (await subscribers(server)) === 1);
    await context.app.close();
    await until('it has gone', async () => (await subscribers(server)) === 0);
    expect(client.listenerCount('ready')).toBe(0);
    expect(await client.ping()).toBe('PONG');
  });
});

// Last, and one after the other: the log is one for the whole process.
for (const [way, open] of WAYS) {
  describeWithRedis(`RedisStorage with ${way}, which logs an outage once,`, () => {
    it('boots while Redis is down, and recovers when it comes up', async () => {
      const port = await freePort();
      const context = await boot(open(`redis://127.0.0.1:${port}`));
      expect(context.maintenance.status()).toMatchObject({ state: 'off', stale: true });
      await expect(context.maintenance.enable()).rejects.toMatchObject({ code: 'MAINTENANCE_STORAGE' });

      const late = await (await redisServerOn(port)).start();
      await late.cli('SET', KEY, '1');
      await context.heard('activated');
      await context.heard('storage-recovered');
      // It failed before anybody could listen to its events; its log has it, once.
      expect(outages(context)).toEqual(['storage-recovered']);
      expect(context.logs.filter((line) => line.startsWith('error'))).toHaveLength(1);
      expect((await context.maintenance.disable()).state).toBe('off');
      expect(await late.cli('GET', KEY)).toContain('"state": "off"');
    });

    it('keeps the last known state while Redis is down, and tells of it once', async () => {
      let server = await startRedis();
      const context = await boot(open(server.url));
      await context.maintenance.enable({ reason: 'Last known' });
      const [record, { port }] = [await server.cli('GET', KEY), server];
      await server.kill();
      await context.heard('storage-failed');
      const failures = context.logs.length;
      const calls = [context.maintenance.disable(), context.maintenance.refresh()];
      await Promise.all(
        calls.map((call) => expect(call).rejects.toMatchObject({ code: 'MAINTENANCE_STORAGE' })),
      );
      expect(context.maintenance.status()).toMatchObject({
        state: 'active',
        reason: 'Last known',
        stale: true,
      });
      expect(context.logs).toHaveLength(failures);

      server = await (await redisServerOn(port)).start();
      await server.cli('SET', KEY, record);
      await isFresh(context);
      expect(context.maintenance.status()).toMatchObject({ state: 'active', reason: 'Last known' });
      expect((await context.maintenance.disable()).state).toBe('off');
    });
  });
}
