import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller } from '@nestjs/common';
import request from 'supertest';
import { MaintenanceOn, MaintenanceScope, MaintenanceService, MemoryStorage } from '../../lib/index.js';
import { PageController } from '../support/pages.js';
import { closeApps, platforms } from '../support/platforms.js';

@Controller('billing')
@MaintenanceScope('billing')
class BillingController extends PageController {}

@Controller('closed')
@MaintenanceOn()
class ClosedController extends PageController {}

function getClientIp(message: unknown): string | undefined {
  return (message as { headers: Record<string, string> }).headers['x-client'];
}

afterEach(closeApps);

const controllers = [PageController, BillingController, ClosedController];

describe.each(platforms)('Addresses that are let in with maintenance, on %s,', (_, createApp) => {
  async function start(options = {}) {
    const { url, get } = await createApp({ controllers, options, trustProxy: true });
    const ask = (path: string, ip: string, method: 'get' | 'post' = 'get') =>
      request(url)[method](path).set('X-Forwarded-For', ip);
    return { maintenance: get(MaintenanceService), ask };
  }

  it('pass, and no others', async () => {
    const { maintenance, ask } = await start();
    await maintenance.enable({ allow: { ipAddresses: ['10.0.0.0/24', '2001:db8::7'] } });
    for (const ip of ['10.0.0.9', '::ffff:10.0.0.9', '2001:db8::7']) {
      await ask('/page', ip).expect(200);
      await ask('/page', ip, 'post').expect(200);
    }
    for (const ip of ['10.0.1.9', '2001:db8::8', 'unknown']) await ask('/page', ip).expect(503);
    await ask('/closed', '10.0.0.9').expect(503);
  });

  it('pass until this maintenance ends, or they are taken out of it', async () => {
    const { maintenance, ask } = await start();
    await maintenance.enable({ allow: { ipAddresses: ['10.0.0.9'] } });
    await ask('/page', '10.0.0.9').expect(200);
    await maintenance.update({ reason: 'Longer' });
    await ask('/page', '10.0.0.9').expect(200);
    await maintenance.update({ allow: { ipAddresses: ['10.0.0.10'] } });
    await ask('/page', '10.0.0.9').expect(503);
    await ask('/page', '10.0.0.10').expect(200);
    await maintenance.disable();
    await maintenance.enable();
    await ask('/page', '10.0.0.10').expect(503);
  });

  it('pass beside those of ignore.ipAddresses', async () => {
    const { maintenance, ask } = await start({ ignore: { ipAddresses: ['10.0.0.1'] } });
    await maintenance.enable({ allow: { ipAddresses: ['10.0.0.2'] } });
    for (const ip of ['10.0.0.1', '10.0.0.2']) await ask('/page', ip).expect(200);
    await ask('/page', '10.0.0.3').expect(503);
  });

  it('are those of the scope in a scope, and those of the application elsewhere', async () => {
    const { maintenance, ask } = await start();
    await maintenance.enable({ scope: 'billing', allow: { ipAddresses: ['10.0.0.2'] } });
    await ask('/billing', '10.0.0.2').expect(200);
    await ask('/billing', '10.0.0.1').expect(503);
    await maintenance.enable({ mode: 'read-only', allow: { ipAddresses: ['10.0.0.1'] } });
    await ask('/billing', '10.0.0.2').expect(200);
    await ask('/billing', '10.0.0.1').expect(503);
    // The gate lets it pass, and the scope does not.
    const { headers } = await ask('/billing', '10.0.0.1', 'post').expect(503);
    expect(headers).toMatchObject({ 'maintenance-mode': 'active', 'cache-control': 'no-store' });
    await ask('/page', '10.0.0.1', 'post').expect(200);
    await ask('/page', '10.0.0.2', 'post').expect(503);
  });

  it('are found by getClientIp, and on other instances', async () => {
    const storage = new MemoryStorage();
    const one = await start({ storage, getClientIp });
    await one.maintenance.enable({ allow: { ipAddresses: ['10.0.0.9'] } });
    const later = await start({ storage, getClientIp });
    for (const { ask } of [one, later]) {
      await ask('/page', '10.0.0.9').expect(503);
      await ask('/page', '10.0.0.1').set('X-Client', '10.0.0.9').expect(200);
    }
  });
});
