import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { MaintenanceConflictError } from 'nestjs-maintenance-mode';
import { RedisStorage } from 'nestjs-maintenance-mode/redis';
import { createClient } from 'redis';
import { describeWithRedis, type RedisServer, startRedis, stopRedis } from '../support/redis-server.js';
import { bootContext, closeContexts } from '../support/state-context.js';

const KEY = 'maintenance-mode';

let server: RedisServer;
const storages: RedisStorage[] = [];

beforeAll(async () => {
  server = await startRedis();
});

afterEach(async () => {
  await closeContexts();
  await Promise.all(storages.splice(0).map((storage) => storage.close()));
  await server?.cli('FLUSHALL');
});

afterAll(stopRedis);

function open(url = server.url, key?: string): RedisStorage {
  const storage = new RedisStorage({ url, ...(key !== undefined && { key }) });
  storages.push(storage);
  return storage;
}

/** As a user who may do no more than this. */
async function openAs(list: string): Promise<RedisStorage> {
  await server.cli('ACL', 'SETUSER', 'app', 'reset', 'on', '>secret', ...list.split(' '));
  return open(server.url.replace('//', '//app:secret@'));
}

describeWithRedis('What RedisStorage keeps', () => {
  it('stands in one key, maintenance-mode unless told otherwise, without an end', async () => {
    await server.cli('SET', KEY, 'before', 'EX', '100');
    await open().write('one');
    await open(server.url, 'a{b}c d:é').write('other');
    expect((await server.cli('KEYS', '*')).split('\n')).toHaveLength(2);
    expect(await server.cli('TTL', KEY)).toBe('-1');
    expect(await server.cli('GET', KEY)).toMatch(/^nestjs-maintenance-mode:[\da-f-]{36}\none$/);
    expect((await open(server.url, 'a{b}c d:é').read())?.text).toBe('other');
  });

  it.each(['flushed', 'deleted', 'expired'])('never has a version again once it was %s', async (how) => {
    const storage = open();
    const before = await storage.write('the same text', null);
    if (how === 'flushed') await server.cli('FLUSHALL');
    if (how === 'deleted') await server.cli('DEL', KEY);
    if (how === 'expired') await server.cli('PEXPIREAT', KEY, '1');
    expect(await storage.read()).toBeNull();
    const after = await open().write('the same text', null);
    expect(after.version).not.toBe(before.version);
    await expect(storage.write('of before', before.version)).rejects.toBeInstanceOf(MaintenanceConflictError);
    expect(await storage.read()).toEqual(after);
  });

  it.each(['', '*', '=', 'sha1-'])('takes %j for a version as any other', async (version) => {
    const storage = open();
    await storage.write('text');
    await expect(storage.write('other', version)).rejects.toBeInstanceOf(MaintenanceConflictError);
  });

  it('may have been set by hand, and then is compared, too', async () => {
    const storage = open();
    await server.cli('SET', KEY, '1');
    const byHand = await storage.read();
    expect(byHand?.text).toBe('1');
    await server.cli('SET', KEY, '0');
    await expect(storage.write('of before', byHand?.version)).rejects.toBeInstanceOf(
      MaintenanceConflictError,
    );
    await storage.write('replaced', (await storage.read())?.version);
    expect((await storage.read())?.text).toBe('replaced');
  });

  it('is turned on and off by redis-cli, as by a shell script with a file', async () => {
    const { maintenance } = await bootContext({ storage: open() });
    await server.cli('SET', KEY, '1');
    expect((await maintenance.refresh()).state).toBe('active');
    await server.cli('SET', KEY, '0');
    expect((await maintenance.refresh()).state).toBe('off');
  });

  it.each([
    ['no record', ['SET', KEY, '<html>garbage</html>']],
    ['no UTF-8 either', ['EVAL', "redis.call('SET', KEYS[1], '\\255\\254\\0\\n\\128')", '1', KEY]],
    ['a header alone', ['SET', KEY, 'nestjs-maintenance-mode:123\n']],
    ['nothing', ['SET', KEY, '']],
  ])('is a failure where it is %s, and is replaced by turning maintenance on', async (_, command) => {
    const { maintenance } = await bootContext({ storage: open() });
    await server.cli(...command);
    await expect(maintenance.refresh()).rejects.toMatchObject({ code: 'MAINTENANCE_STORAGE' });
    expect(maintenance.status()).toMatchObject({ state: 'off', stale: true });
    expect((await maintenance.enable()).state).toBe('active');
    expect((await maintenance.refresh()).state).toBe('active');
  });

  it.each([
    ['hash', ['HSET', KEY, 'field', 'value']],
    ['list', ['RPUSH', KEY, 'item']],
  ])("is a failure where it is somebody's %s, which stays", async (type, command) => {
    const { maintenance } = await bootContext({ storage: open() });
    await server.cli(...command);
    const expected = {
      code: 'MAINTENANCE_STORAGE',
      message: expect.stringContaining(`The key ${KEY} holds something that is not a maintenance state`),
    };
    await expect(maintenance.refresh()).rejects.toMatchObject(expected);
    await expect(maintenance.enable()).rejects.toMatchObject(expected);
    await expect(open().write('over it')).rejects.toThrow('give RedisStorage another key');
    expect(await server.cli('TYPE', KEY)).toBe(type);
  });
});

describeWithRedis('RedisStorage under an access list', () => {
  const rights = `~${KEY} &${KEY}`;

  it('needs what its docstring and its errors say, and no more', async () => {
    const storage = await openAs(`${rights} +get +set +eval +time +publish +subscribe`);
    const unwatch = await storage.watch(() => undefined);
    expect((await storage.write('text')).text).toBe('text');
    expect((await storage.read())?.text).toBe('text');
    await unwatch();
  });

  it.each(['get', 'set', 'eval', 'time'])(
    'says what is missing without %s, and writes nothing',
    async (right) => {
      const storage = await openAs(`${rights} +get +set +eval +time +publish +subscribe -${right}`);
      const error: unknown = await storage.write('text').catch((reason: unknown) => reason);
      expect(error).toMatchObject({
        message: expect.stringContaining(`The user needs: +get +set +eval +time`),
        cause: expect.objectContaining({ message: expect.stringMatching(/NOPERM|can't run/) }),
      });
      expect(await server.cli('EXISTS', KEY)).toBe('0');
    },
  );

  it('reads without the right to write', async () => {
    await open().write('text');
    expect((await (await openAs(`${rights} +get`)).read())?.text).toBe('text');
  });

  it.each(['-publish', 'resetchannels'])('writes with %s, which only tells others', async (less) => {
    const storage = await openAs(`${rights} +get +set +eval +time +publish +subscribe ${less}`);
    await storage.write('text');
    expect((await storage.read())?.text).toBe('text');
  });

  it.each(['-subscribe', 'resetchannels'])('says that it cannot watch with %s, and polls', async (less) => {
    const storage = await openAs(`${rights} +get +set +eval +time +publish +subscribe ${less}`);
    await expect(storage.watch(() => undefined)).rejects.toThrow('The user needs:');
    const { maintenance, heard } = await bootContext({ storage, sync: { pollIntervalMs: 20 } });
    await server.cli('SET', KEY, '1');
    await heard('activated');
    expect(maintenance.isActive()).toBe(true);
  });

  it('names neither user nor password in what it says', async () => {
    const storage = await openAs('+ping');
    const { logs } = await bootContext({ storage });
    expect(storage.location).toBe(`key ${KEY} at ${server.url}`);
    expect(logs.join('\n')).toContain('The user needs:');
    expect(logs.join('\n')).not.toContain('secret');
  });
});

describe('The options of RedisStorage', () => {
  const url = 'redis://127.0.0.1:6379';
  it.each<[options: object, message: string]>([
    [{}, 'RedisStorage: expected either client or url'],
    [{ url, client: createClient() }, 'RedisStorage: expected either client or url'],
    [{ url: '' }, 'RedisStorage.url: expected a string that is not empty'],
    [{ url: 'http://user:password@host' }, 'RedisStorage.url: expected a redis:// or rediss:// URL'],
    [{ url: 'password' }, 'RedisStorage.url: expected a redis:// or rediss:// URL'],
    [{ url: 7 }, 'RedisStorage.url: expected a string'],
    [{ url, key: '' }, 'RedisStorage.key: expected a string that is not empty'],
    [{ client: {} }, 'RedisStorage.client: expected a client of node-redis'],
    [{ client: null }, 'RedisStorage.client: expected a client of node-redis'],
    [{ client: createClient().legacy() }, 'RedisStorage.client: expected a client of node-redis'],
  ])('%# are refused where they are wrong', (options, message) => {
    const make = (): unknown => Reflect.construct(RedisStorage, [options]);
    expect(make).toThrow(expect.objectContaining({ code: 'MAINTENANCE_OPTIONS' }));
    expect(make).toThrow(message);
    // A logger prints the causes of an error, too.
    let told = '';
    try {
      make();
    } catch (error) {
      told = inspect(error);
    }
    expect(told).not.toContain('password');
  });

  it.each([
    ['redis://user:password@host:7000/3', 'key maintenance-mode at redis://host:7000/3'],
    ['rediss://:password@host', 'key maintenance-mode at rediss://host'],
  ])('of %s leave user and password out of the location', (given, location) => {
    expect(new RedisStorage({ url: given }).location).toBe(location);
  });

  it('make no connection by themselves', async () => {
    const client = createClient();
    const storage = new RedisStorage({ client });
    await expect(storage.read()).rejects.toThrow('The Redis client is not connected: call its connect().');
    expect(client.isOpen).toBe(false);
  });
});
