import { afterEach, expect, it } from '@jest/globals';
import { RedisStorage } from 'nestjs-maintenance-mode/redis';
import { createSentinel } from 'redis';
import { describeWithRedis, startRedisSentinel, stopRedis } from '../support/redis-server.js';
import { bootContext, closeContexts } from '../support/state-context.js';
import { until } from '../support/until.js';

const PATIENCE_MS = 90_000;

afterEach(async () => {
  await closeContexts();
  await stopRedis();
});

describeWithRedis('RedisStorage with a sentinel', () => {
  it('keeps the state when the master dies, and continues with the new one', async () => {
    const { name, master, replica, sentinel } = await startRedisSentinel();
    const sentinelRootNodes = [{ host: '127.0.0.1', port: sentinel.port }];
    const client = createSentinel({ name, sentinelRootNodes });
    await client.connect();
    try {
      const storage = new RedisStorage({ client });
      const sync = { pollIntervalMs: 50, timeoutMs: 1_000 };
      const { maintenance, events } = await bootContext({ storage, sync });
      await maintenance.enable({ reason: 'Holds' });
      await until('the replica has it', async () =>
        (await replica.cli('GET', 'maintenance-mode')).includes('Holds'),
      );
      await master.kill();
      const isOff = (): Promise<boolean> =>
        maintenance.disable().then(
          () => true,
          () => false,
        );
      await until('the new master takes a toggle', isOff, PATIENCE_MS);
      expect(await replica.cli('GET', 'maintenance-mode')).toContain('"revision": 2');
      expect(events.filter(({ type }) => type === 'deactivated')).toHaveLength(1);
      await until('it is read again', () => !maintenance.status().stale, PATIENCE_MS);
    } finally {
      await client.destroy();
    }
  });
});
