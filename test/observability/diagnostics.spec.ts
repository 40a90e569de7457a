import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { MaintenanceService } from '../../lib/index.js';
import { FaultyStorage, throws } from '../support/faulty.storage.js';
import { PageController, ShopController } from '../support/pages.js';
import { closeApps, platforms } from '../support/platforms.js';
import { until } from '../support/until.js';

const NAMES = ['changed', 'storage', 'blocked', 'passed'].map((name) => `nestjs-maintenance-mode:${name}`);
const SECRET = 'a secret of many characters';

const messages: [name: string, message: Readonly<Record<string, unknown>>][] = [];
const listen = (message: unknown, name: string | symbol): void => {
  messages.push([String(name).split(':')[1] ?? '', message as Readonly<Record<string, unknown>>]);
};

beforeEach(() => {
  messages.length = 0;
  for (const name of NAMES) subscribe(name, listen);
});
afterEach(async () => {
  for (const name of NAMES) unsubscribe(name, listen);
  await closeApps();
});

describe.each(platforms)('Diagnostics channels on %s', (_, createApp) => {
  it('publish each change', async () => {
    const { get } = await createApp();
    const maintenance = get(MaintenanceService);
    const events: unknown[] = [];
    maintenance.events.subscribe((event) => events.push(event));
    await maintenance.enable({ scope: 'billing', by: 'ada' });
    await maintenance.disable({ scope: 'billing' });
    expect(messages).toEqual(events.map((event) => ['changed', event]));
    expect(messages.map(([, { type }]) => type)).toEqual(['activated', 'deactivated']);
  });

  it('publish that the storage fails, and works again', async () => {
    const storage = new FaultyStorage();
    await createApp({ options: { storage, sync: { pollIntervalMs: 20 } } });
    storage.faultyRead = throws;
    await until('the outage is noticed', () => messages.length === 1);
    storage.faultyRead = null;
    await until('its end is noticed', () => messages.length === 2);
    expect(messages.map(([name, { type }]) => [name, type])).toEqual([
      ['storage', 'storage-failed'],
      ['storage', 'storage-recovered'],
    ]);
  });

  it.each([
    ['the gate', PageController, undefined],
    ['the guard', ShopController, 'shop'],
  ])('publish each request that %s blocks or lets through', async (__, controller, scope) => {
    const { url, get } = await createApp({
      controllers: [controller],
      options: { bypass: { secret: SECRET } },
    });
    const maintenance = get(MaintenanceService);
    await request(url).get('/page').expect(200);
    await maintenance.enable({ reason: 'We move.', ...(scope !== undefined && { scope }) });
    messages.length = 0;
    await request(url).get('/page?q=1').expect(503);
    await request(url).get('/page').set('Maintenance-Bypass', SECRET).expect(200);
    const status = expect.objectContaining({ state: 'active', reason: 'We move.', scope: scope ?? null });
    expect(messages).toEqual([
      ['blocked', { transport: 'http', status, request: expect.objectContaining({ url: '/page?q=1' }) }],
      ['passed', { rule: 'bypass', status, request: expect.objectContaining({ url: '/page' }) }],
    ]);
  });
});
