import { afterEach, expect, it } from '@jest/globals';
import { RedisStorage } from 'nestjs-maintenance-mode/redis';
import { describeWithRedis, type RedisServer, redisServerOn, stopRedis } from '../support/redis-server.js';
import { bootContext, closeContexts, type StateContext } from '../support/state-context.js';
import { until } from '../support/until.js';

const KEY = 'maintenance-mode';
const PATIENCE_MS = 60_000;

afterEach(async () => {
  await closeContexts();
  await stopRedis();
});

const boot = (server: RedisServer, pollIntervalMs: number): Promise<StateContext> =>
  bootContext({ storage: new RedisStorage({ url: server.url }), sync: { pollIntervalMs, timeoutMs: 2_000 } });

const types = ({ events }: StateContext): string[] => events.map(({ type }) => type);

describeWithRedis('A Redis that is killed and restarts from its snapshot', () => {
  it('gets back the change that it has lost: nothing opens', async () => {
    const server = await (await redisServerOn(undefined, '--dbfilename', 'state.rdb')).start();
    const contexts = [await boot(server, 50), await boot(server, 200), await boot(server, 800)];
    const [one] = contexts;
    await one?.maintenance.enable({ reason: 'Before' });
    await one?.maintenance.disable();
    await server.cli('SAVE');
    await one?.maintenance.enable({ reason: 'Migration' });
    for (const { maintenance } of contexts) await until('all know it', () => maintenance.isActive());
    await server.kill();
    await server.start();
    const revision = async (): Promise<number> =>
      (JSON.parse(/\{[^]*\}/.exec(await server.cli('GET', KEY))?.[0] ?? '{}') as { revision: number })
        .revision;
    await until('it is written back', async () => (await revision()) === 3, PATIENCE_MS);
    for (const context of contexts) {
      const { maintenance } = context;
      await until('it is followed again', () => !maintenance.status().stale, PATIENCE_MS);
      expect(maintenance.status()).toMatchObject({ state: 'active', reason: 'Migration', revision: 3 });
      expect(types(context).slice(types(context).lastIndexOf('activated'))).not.toContain('deactivated');
    }
    await one?.maintenance.disable();
    for (const { maintenance } of contexts)
      await until('all know it', () => !maintenance.isActive(), PATIENCE_MS);
  });
});

describeWithRedis('A Redis that is flushed', () => {
  it('gets the highest record back, also if the first instance to notice knows less', async () => {
    const server = await (await redisServerOn()).start();
    const behind = await boot(server, 2 ** 30);
    await behind.maintenance.enable({ reason: 'First' });
    await behind.heard('activated');
    const ahead = await boot(server, 300);
    await ahead.maintenance.enable({ reason: 'Second' });
    await server.cli('FLUSHALL');
    await behind.maintenance.refresh().catch(() => undefined);
    for (const { maintenance } of [behind, ahead]) {
      await until('both have the second', () => maintenance.status().reason === 'Second', PATIENCE_MS);
    }
    await until(
      'and so has Redis',
      async () => (await server.cli('GET', KEY)).includes('Second'),
      PATIENCE_MS,
    );
    for (const context of [behind, ahead]) expect(types(context)).not.toContain('deactivated');
  });
});
