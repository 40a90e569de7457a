import { EventEmitter, once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { RedisStorage } from 'nestjs-maintenance-mode/redis';
import { createClient } from 'redis';
import {
  describeWithRedis,
  redisServerOn,
  type RedisServer,
  startRedis,
  stopRedis,
} from '../support/redis-server.js';
import { bootContext, closeContexts } from '../support/state-context.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { until } from '../support/until.js';

/** Stands in the script that writes, and in no other command. */
const WRITES = "redis.call('SET'";
const TIMEOUT_MS = 400;
const KEY = 'maintenance-mode';

let server: RedisServer;
let proxy: TcpProxy;
let client: ReturnType<typeof createClient>;
const storages: RedisStorage[] = [];

const isWrite = (chunk: Buffer): boolean => chunk.includes(WRITES);
const stored = async (): Promise<string> => server.cli('GET', KEY);
const outcomeOf = async (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'done',
    (error: unknown) => String(error),
  );

/** The answer to TIME, seconds and microseconds as strings, as a clock that is ahead gives it; null for another answer. */
function clockAhead(chunk: Buffer, seconds: number): Buffer | null {
  const text = chunk.toString('latin1');
  const ahead = text.replace(
    /(\*2\r\n\$10\r\n)(\d{10})(?=\r\n)/,
    (_, start: string, time: string) => `${start}${Number(time) + seconds}`,
  );
  return ahead === text ? null : Buffer.from(ahead, 'latin1');
}

beforeEach(async () => {
  server = await startRedis();
  proxy = await TcpProxy.start(server.port);
  client = createClient({ url: `redis://127.0.0.1:${proxy.port}` }).on('error', () => undefined);
  await client.connect();
});

afterEach(async () => {
  server.thaw();
  await closeContexts();
  await Promise.all(storages.splice(0).map((storage) => storage.close()));
  client.destroy();
  await proxy.close();
  await stopRedis();
});

function open(): RedisStorage {
  const storage = new RedisStorage({ client });
  storages.push(storage);
  return storage;
}

describeWithRedis('A write to Redis that its caller has given up', () => {
  it('does not take effect when the server thaws that had it in its socket', async () => {
    const { maintenance } = await bootContext({ storage: open(), sync: { timeoutMs: TIMEOUT_MS } });
    let held = 0;
    proxy.request = (chunk) => {
      if (isWrite(chunk)) {
        held += 1;
        server.freeze();
      }
      return chunk;
    };
    const began = performance.now();
    const outcome = await outcomeOf(maintenance.enable({ reason: 'Too late' }));
    expect(outcome).toContain(`no answer within ${TIMEOUT_MS} ms`);
    // Bounded by its time limit and not by anything that the server does; a busy machine adds to it.
    expect(performance.now() - began).toBeLessThan(TIMEOUT_MS + 5_000);
    expect([held, maintenance.isActive()]).toEqual([1, false]);

    server.thaw();
    // On the same connection: the server has read all that came before.
    expect(await client.ping()).toBe('PONG');
    expect(await stored()).toBe('');
    expect((await maintenance.refresh()).state).toBe('off');
  });

  it.each([
    ['', 0],
    [", though the server's clock was set back meanwhile", 3_600],
  ])('does not take effect when the network delivers it later%s', async (_, setBackBy) => {
    const storage = open();
    await storage.write('before');
    proxy.answer = (chunk) => clockAhead(chunk, setBackBy) ?? chunk;
    const gate = new EventEmitter();
    const written = new Promise<void>((resolve) => {
      proxy.request = async (chunk) => {
        if (!isWrite(chunk)) return chunk;
        resolve();
        await once(gate, 'opened');
        return chunk;
      };
    });
    const write = outcomeOf(storage.write('late', undefined, { timeoutMs: TIMEOUT_MS }));
    await written;
    await delay(TIMEOUT_MS);
    gate.emit('opened');
    expect(await write).toContain(`Redis was not reached within ${TIMEOUT_MS} ms: nothing was written`);
    expect((await storage.read())?.text).toBe('before');
  });

  it('takes effect when it is delivered in time, however late that is', async () => {
    const storage = open();
    proxy.request = async (chunk) => {
      if (isWrite(chunk)) await delay(200);
      return chunk;
    };
    await storage.write('in time', undefined, { timeoutMs: 60_000 });
    expect((await storage.read())?.text).toBe('in time');
  });

  it('is not sent when the connection was lost before, and is back after', async () => {
    // A client keeps commands until it is connected again.
    const queueing = createClient({ url: server.url }).on('error', () => undefined);
    await queueing.connect();
    try {
      const storage = new RedisStorage({ client: queueing });
      const { maintenance } = await bootContext({ storage, sync: { timeoutMs: TIMEOUT_MS } });
      await server.kill();
      await until('the connection is lost', () => !queueing.isReady);
      expect(await outcomeOf(maintenance.enable())).toContain(`no answer within ${TIMEOUT_MS} ms`);
      // This one has no read before it that would hold it up.
      const write = outcomeOf(storage.write('late', undefined, { timeoutMs: TIMEOUT_MS }));
      expect(await write).toContain('aborted');

      server = await (await redisServerOn(server.port)).start();
      await until('the client is connected again', () => queueing.isReady);
      expect(await queueing.ping()).toBe('PONG');
      expect(await stored()).toBe('');
    } finally {
      queueing.destroy();
    }
  });

  it.each([
    ['set back', -3_600],
    ['set forward', 3_600],
  ])('is judged by a clock that is asked anew when it was %s in between', async (_, seconds) => {
    const storage = open();
    let changed = 0;
    proxy.answer = (chunk) => {
      const answer = changed === 0 ? clockAhead(chunk, -seconds) : null;
      if (answer !== null) changed += 1;
      return answer ?? chunk;
    };
    await storage.write('text', undefined, { timeoutMs: 60_000 });
    expect(changed).toBe(1);
    expect((await storage.read())?.text).toBe('text');
  });

  it('is made once when it is sent twice', async () => {
    const storage = open();
    const first = await storage.write('first');
    proxy.request = (chunk) => (isWrite(chunk) ? Buffer.concat([chunk, chunk]) : chunk);
    let answers = '';
    proxy.answer = (chunk) => {
      answers += chunk.toString('latin1');
      // The client does not expect the second answer.
      return Buffer.from(chunk.toString('latin1').replace(/(\$7\r\nwritten\r\n){2}/, '$1'), 'latin1');
    };
    const second = await storage.write('second', first.version);
    proxy.request = proxy.answer = (chunk) => chunk;
    expect(answers.match(/written/g)).toHaveLength(2);
    expect(await storage.read()).toEqual(second);
  });
});
