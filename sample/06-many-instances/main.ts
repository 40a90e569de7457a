import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Instance } from './instances.js';
import { startProxy } from './proxy.js';
import { RedisServer } from './redis-server.js';
import { Shop } from './shop.js';
import { Table } from './table.js';

const INSTANCES = 3;
const RECORD = 'maintenance-mode';

const redis = await RedisServer.start();
const instances = await Promise.all(Array.from({ length: INSTANCES }, () => Instance.start(redis.url)));
const proxy = await startProxy(
  instances.map(({ url }) => url),
  Number(process.env['PORT'] ?? 0),
);
const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/`;
const shop = new Shop(url, INSTANCES);
const table = new Table();

/** Waits until Redis has the record again. */
async function isWrittenBack(): Promise<void> {
  while ((await redis.command('EXISTS', RECORD)) !== 1) await delay(10);
}

async function toggle(to: 'on' | 'off'): Promise<string> {
  const { instance, status } = await shop.toggle(to);
  return `"${to}", sent to #${instance}, answered ${status}`;
}

try {
  process.stdout.write(`${INSTANCES} instances behind ${url}, one Redis\n\n`);
  table.head(INSTANCES);
  table.row('all are open', await shop.visit());

  const on = await toggle('on');
  const ms = await shop.answers(503);
  table.row(`${on}; all knew ${ms.toFixed(0)} ms later`, await shop.visit());

  await redis.kill();
  table.row('Redis killed: the last known state holds', await shop.visit());
  table.row(`${await toggle('off')}: not done, and said so`, await shop.visit());

  await redis.start();
  table.row('Redis is back, and has forgotten all', await shop.visit());
  await isWrittenBack();
  table.row('an instance has written back what held', await shop.visit());

  await redis.command('FLUSHALL');
  table.row('FLUSHALL', await shop.visit());
  await isWrittenBack();
  table.row('written back again', await shop.visit());

  const off = await toggle('off');
  await shop.answers(200);
  table.row(off, await shop.visit());
} finally {
  await Promise.all(instances.map((instance) => instance.stop()));
  await redis.kill();
  proxy.close();
  proxy.closeAllConnections();
}
