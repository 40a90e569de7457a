import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import request from 'supertest';
import { command, killCommands } from '../support/command-line.js';
import { describeWithPostgres, PostgresServer } from '../support/postgres-server.js';
import { killSamples, type RunningSample, runSample, startSample } from '../support/samples.js';
import { makeDirectory, removeDirectories } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

const PATIENCE_MS = 60_000;

const SAMPLE = new URL('../../sample/05-custom-storage/', import.meta.url);
const TOKEN = 'token-of-the-admin';
const FAILED = 'The last known state stays in effect';
const RECOVERED = 'The storage works again.';

interface Instance extends RunningSample {
  readonly statusOf: (path: string) => Promise<number>;
  readonly toggle: (to: 'on' | 'off') => Promise<number>;
  readonly isStale: () => Promise<boolean>;
}

const count = (text: string, part: string): number => text.split(part).length - 1;

async function start(): Promise<Instance> {
  const sample = await startSample(
    '05-custom-storage',
    await makeDirectory(),
    /The orders: (http\S+)\/orders\n/,
  );
  const url = sample.said[1] ?? '';
  return {
    ...sample,
    statusOf: async (path) => (await request(url).get(path)).status,
    toggle: async (to) =>
      (await request(url).post(`/maintenance-mode/${to}`).set('Authorization', `Bearer ${TOKEN}`)).status,
    isStale: async () => (await request(url).get('/health')).body.stale,
  };
}

const answers = async (instance: Instance, status: number): Promise<void> =>
  until(`${status}`, async () => (await instance.statusOf('/orders')) === status, PATIENCE_MS);

const recovers = async (instance: Instance): Promise<void> =>
  until('the recovery', async () => !(await instance.isStale()), PATIENCE_MS);

describeWithPostgres('the sample application with its state in PostgreSQL', () => {
  let server: PostgresServer;

  beforeAll(async () => {
    server = await PostgresServer.start();
    await server.query(await readFile(new URL('postgres/schema.sql', SAMPLE), 'utf8'));
    // Of the processes that a test starts.
    Object.assign(process.env, { DATABASE_URL: server.url, ADMIN_TOKEN: TOKEN });
  });

  beforeEach(async () => void (await server.query('DELETE FROM maintenance_state')));

  afterEach(async () => {
    server.thaw();
    await killCommands();
    await killSamples();
    await removeDirectories();
  });

  afterAll(async () => server?.remove());

  it('is turned on in one process, and answers 503 in the other', async () => {
    const [one, other] = [await start(), await start()];
    expect([await one.statusOf('/orders'), await other.statusOf('/orders')]).toEqual([200, 200]);
    expect(await one.toggle('on')).toBe(200);
    expect(await one.statusOf('/orders')).toBe(503);
    await answers(other, 503);
    expect(await other.statusOf('/health')).toBe(200);
    expect(await other.toggle('off')).toBe(200);
    await answers(one, 200);
  });

  it('shares its state with the command line', async () => {
    const directory = fileURLToPath(SAMPLE);
    const instance = await start();
    const on = await command(directory, 'on', '--reason', 'From a terminal');
    expect(on).toMatchObject({ code: 0, stderr: '' });
    expect(on.stdout).toContain(`Storage: postgres ${server.url.replace(/\/\/.*@/, '//')}`);
    await answers(instance, 503);
    expect((await command(directory, 'off')).code).toBe(0);
    await answers(instance, 200);
  });

  it('is toggled by nobody without the token', async () => {
    const instance = await start();
    const [, url = ''] = instance.said;
    await request(url).post('/maintenance-mode/on').expect(403);
    await request(url).post('/maintenance-mode/on').set('Authorization', 'Bearer guessed').expect(403);
    expect(await instance.statusOf('/orders')).toBe(200);
  });

  it('survives that its connections are killed, and hears of changes again', async () => {
    const [one, other] = [await start(), await start()];
    expect(await one.toggle('on')).toBe(200);
    await answers(other, 503);
    // One that listens and at least one for calls, of each.
    expect(await server.terminate('maintenance-mode')).toBeGreaterThanOrEqual(4);
    expect([await one.statusOf('/orders'), await other.statusOf('/orders')]).toEqual([503, 503]);
    await until('new connections', async () => (await one.toggle('off')) === 200, PATIENCE_MS);
    await answers(other, 200);
  });

  it('continues with the last known state while the server is frozen, refuses a change, and does not make it later', async () => {
    const [one, other] = [await start(), await start()];
    expect(await one.toggle('on')).toBe(200);
    await answers(other, 503);
    await server.freeze();
    expect(await one.toggle('off')).toBe(503);
    expect([await one.statusOf('/orders'), await other.statusOf('/orders')]).toEqual([503, 503]);
    await until('both to know', async () => (await one.isStale()) && (await other.isStale()), PATIENCE_MS);
    server.thaw();
    await recovers(one);
    await recovers(other);
    expect([await one.statusOf('/orders'), await other.statusOf('/orders')]).toEqual([503, 503]);
    for (const instance of [one, other]) {
      // An outage is over once it has been quiet for a while.
      await until('the log of the recovery', () => instance.output().includes(RECOVERED), PATIENCE_MS);
      const output = instance.output();
      expect([count(output, FAILED), count(output, RECOVERED)]).toEqual([1, 1]);
      expect(output).not.toContain(server.password);
    }
  });

  it('starts without the server, and follows it once it is there', async () => {
    const first = await start();
    expect(await first.toggle('on')).toBe(200);
    await server.stop();
    const second = await start();
    expect([await first.statusOf('/orders'), await second.statusOf('/orders')]).toEqual([503, 200]);
    await server.start();
    await answers(second, 503);
    await recovers(first);
    expect(await second.toggle('off')).toBe(200);
    await answers(first, 200);
  });

  it.each(['answers', 'is frozen'] as const)(
    'ends when it is asked to, if the server %s',
    async (server_) => {
      const instance = await start();
      if (server_ === 'is frozen') await server.freeze();
      expect(await instance.stop()).toEqual({ code: 0, signal: null });
    },
  );

  it('does not start without DATABASE_URL, and says so', async () => {
    const { DATABASE_URL: url } = process.env;
    delete process.env['DATABASE_URL'];
    const { code, output } = await runSample('05-custom-storage', await makeDirectory(), 0).finally(() =>
      Object.assign(process.env, { DATABASE_URL: url }),
    );
    expect(code).not.toBe(0);
    expect(output).toContain('Set DATABASE_URL');
  });
});
