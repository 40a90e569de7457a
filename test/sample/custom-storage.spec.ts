import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { MaintenanceConflictError } from 'nestjs-maintenance-mode';
import { describeMaintenanceStorage } from 'nestjs-maintenance-mode/testing';
import { PostgresStorage } from '../../sample/05-custom-storage/postgres/postgres.storage.js';
import { describeWithPostgres, PostgresServer } from '../support/postgres-server.js';
import { until } from '../support/until.js';

const SCHEMA = new URL('../../sample/05-custom-storage/postgres/schema.sql', import.meta.url);
/** Long enough for a machine that is busy. */
const timeoutMs = 10_000;

/** Watches, and waits for the next call that comes after now. */
async function watching(storage: PostgresStorage): Promise<(what: string) => Promise<void>> {
  let calls = 0;
  await storage.watch(() => (calls += 1));
  return async (what) => {
    const before = calls;
    await until(what, () => calls > before);
  };
}

describeWithPostgres('the sample storage in PostgreSQL', () => {
  const opened: PostgresStorage[] = [];
  let server: PostgresServer;

  beforeAll(async () => {
    server = await PostgresServer.start();
    await server.query(await readFile(SCHEMA, 'utf8'));
  });

  afterEach(async () => {
    server.thaw();
    await Promise.all(opened.splice(0).map((storage) => storage.close()));
  });

  afterAll(async () => server?.remove());

  function open(options: Partial<ConstructorParameters<typeof PostgresStorage>[0]> = {}): PostgresStorage {
    const storage = new PostgresStorage({ url: server.url, key: randomUUID(), timeoutMs, ...options });
    opened.push(storage);
    return storage;
  }

  /** Two objects on one row, as two processes have them. */
  function openTwo(): [PostgresStorage, PostgresStorage] {
    const key = randomUUID();
    return [open({ key }), open({ key })];
  }

  describeMaintenanceStorage(
    'PostgresStorage',
    () => {
      const key = randomUUID();
      return {
        connect: () => new PostgresStorage({ url: server.url, key, timeoutMs }),
        connectBroken: () => new PostgresStorage({ url: 'postgresql://tester@127.0.0.1:1/postgres' }),
      };
    },
    { describe, it },
  );

  it('gives a row that was deleted and written anew no version that it has had', async () => {
    const storage = open();
    const { version } = await storage.write('before');
    await server.query('DELETE FROM maintenance_state');
    await storage.write('after', null);
    await expect(storage.write('late', version)).rejects.toBeInstanceOf(MaintenanceConflictError);
    expect((await storage.read())?.text).toBe('after');
  });

  it('keeps the rows of several applications apart', async () => {
    const [shop, blog] = [open({ key: 'shop' }), open({ key: 'blog' })];
    let calls = 0;
    await blog.watch(() => (calls += 1));
    for (let round = 0; round < 5; round += 1) await shop.write('of the shop');
    expect(await blog.read()).toBeNull();
    // Notifications come in the order of the writes: those of the shop would have been heard by now.
    for (const own of [1, 2]) {
      await blog.write('of the blog');
      await until('the blog to hear of its own', () => calls >= own);
    }
    expect(calls).toBe(2);
  });

  it('names the place in errors, but not the password, and keeps what the driver has said as the cause', async () => {
    const storage = open({ url: `postgresql://tester:${server.password}@127.0.0.1:1/shop` });
    expect(storage.location).toBe('postgresql://127.0.0.1:1/shop');
    const error: unknown = await storage.read().catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      message: expect.stringContaining('PostgreSQL at postgresql://127.0.0.1:1/shop: '),
      cause: { code: 'ECONNREFUSED' },
    });
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain(server.password);
  });

  it('says what to run if the table is missing', async () => {
    await server.query('CREATE DATABASE empty');
    await expect(open({ url: server.url.replace(/postgres$/, 'empty') }).read()).rejects.toThrow(
      'relation "maintenance_state" does not exist; run schema.sql',
    );
  });

  it('hears of changes again after its connections were killed, and is told that some may be missing', async () => {
    const [storage, other] = openTwo();
    const heard = await watching(storage);
    await storage.write('before');
    const reconnected = heard('the call after the loss');
    expect(await server.terminate('maintenance-mode')).toBeGreaterThan(0);
    await reconnected;
    const pushed = heard('the change after the loss');
    await other.write('after');
    await pushed;
    expect((await storage.read())?.text).toBe('after');
  });

  it('rejects while the server is down, and works again when it is back', async () => {
    const [storage, other] = openTwo();
    await other.write('before');
    const heard = await watching(storage);
    const reconnected = heard('the call after the restart');
    await server.stop();
    await expect(storage.read()).rejects.toThrow('PostgreSQL at');
    await expect(storage.write('during')).rejects.toThrow('PostgreSQL at');
    await expect(storage.watch(() => undefined)).rejects.toThrow('PostgreSQL at');
    await server.start();
    await reconnected;
    expect((await storage.read())?.text).toBe('before');
    const pushed = heard('the change after the restart');
    await other.write('after');
    await pushed;
  });

  it('gives up on a frozen server, on a connection that it has and on a new one', async () => {
    const [storage, newcomer] = [open({ timeoutMs: 4_000 }), open({ timeoutMs: 4_000 })];
    await storage.write('before');
    await server.freeze();
    // Without limits of their own these would hang until the test does.
    await Promise.all([
      expect(storage.read()).rejects.toThrow('Query read timeout'),
      expect(newcomer.read()).rejects.toThrow('timeout'),
      expect(newcomer.watch(() => undefined)).rejects.toThrow('timeout'),
    ]);
    server.thaw();
    await until('an answer after the thaw', async () =>
      storage.read().then(
        (stored) => stored?.text === 'before',
        () => false,
      ),
    );
  });

  it('does not write later what it has rejected, when another session has held the row too long', async () => {
    const [storage, patient] = [open({ key: 'locked', timeoutMs: 2_000 }), open({ key: 'locked' })];
    const { version } = await patient.write('before');
    await server.connected(async (session) => {
      await session.query('BEGIN');
      await session.query("SELECT * FROM maintenance_state WHERE key = 'locked' FOR UPDATE");
      await expect(storage.write('late', version)).rejects.toThrow('timeout');
      await until('the server to give up, too', async () => {
        const waiting = await server.query('SELECT 1 FROM pg_locks WHERE NOT granted');
        return waiting.length === 0;
      });
      await session.query('COMMIT');
    });
    await patient.write('after', version);
  });
});
