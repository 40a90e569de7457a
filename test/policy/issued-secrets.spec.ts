import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller } from '@nestjs/common';
import request from 'supertest';
import { MaintenanceScope, MaintenanceService, MemoryStorage } from '../../lib/index.js';
import { bypassCookie, SECRET } from '../support/bypass.js';
import { PageController } from '../support/pages.js';
import { closeApps, platforms } from '../support/platforms.js';
import { until } from '../support/until.js';

@Controller('billing')
@MaintenanceScope('billing')
class BillingController extends PageController {}

afterEach(closeApps);

const controllers = [PageController, BillingController];

describe.each(platforms)('Clients with a bypass secret that was issued, on %s,', (_, createApp) => {
  async function start(options = {}) {
    const app = await createApp({ controllers, options });
    const maintenance = app.get(MaintenanceService);
    const get = (path: string, headers = {}) => request(app.url).get(path).set(headers);
    return { ...app, maintenance, get };
  }

  it('pass with the header, and with the cookie of the route', async () => {
    const { url, maintenance, get } = await start();
    await maintenance.enable();
    const secret = await maintenance.issueBypassSecret({ by: 'ada' });
    await get('/page').expect(503);
    await get('/page', { 'Maintenance-Bypass': secret }).expect(200);
    const cookie = await bypassCookie(url, { secret });
    await get('/page', { Cookie: cookie }).expect(200);
    await request(url).post('/page').set('Cookie', cookie).expect(200);
    for (const wrong of [secret.slice(1), `${secret}x`, secret.toUpperCase(), '']) {
      await get('/page', { 'Maintenance-Bypass': wrong }).expect(503);
      await get(`/maintenance-mode/bypass/${wrong || 'x'}`).expect(404);
    }
  });

  it('pass beside those with the secret of the options, and with several secrets', async () => {
    const { url, maintenance, get } = await start({ bypass: { secret: SECRET } });
    await maintenance.enable();
    const secrets = [
      SECRET,
      await maintenance.issueBypassSecret(),
      await maintenance.issueBypassSecret({ by: 'ada' }),
    ];
    for (const secret of secrets) {
      await get('/page', { 'Maintenance-Bypass': secret }).expect(200);
      await get('/page', { Cookie: await bypassCookie(url, { secret }) }).expect(200);
    }
  });

  it('do not pass any more when maintenance has ended and begins again', async () => {
    const { url, maintenance, get } = await start({ bypass: { secret: SECRET } });
    await maintenance.enable();
    const secret = await maintenance.issueBypassSecret();
    const cookie = await bypassCookie(url, { secret });
    await get('/page', { Cookie: cookie }).expect(200);
    await maintenance.disable();
    await get(`/maintenance-mode/bypass/${secret}`).expect(404);
    await maintenance.enable();
    await get('/page', { 'Maintenance-Bypass': secret }).expect(503);
    await get('/page', { Cookie: cookie }).expect(503);
    await get(`/maintenance-mode/bypass/${secret}`).expect(404);
    await get('/page', { 'Maintenance-Bypass': SECRET }).expect(200);
  });

  it('do not pass any more when its window has ended', async () => {
    const { url, maintenance, get } = await start();
    await maintenance.enable({ endsAt: new Date(Date.now() + 400) });
    const secret = await maintenance.issueBypassSecret();
    const cookie = await bypassCookie(url, { secret });
    await until('the window ends', () => !maintenance.isActive());
    await maintenance.enable();
    await get('/page', { 'Maintenance-Bypass': secret }).expect(503);
    await get('/page', { Cookie: cookie }).expect(503);
  });

  it('pass while maintenance is changed, and lose their cookie and not their secret if it begins later', async () => {
    const { url, maintenance, get } = await start();
    const startsAt = new Date(Date.now() + 400);
    await maintenance.enable({ startsAt });
    const secret = await maintenance.issueBypassSecret();
    const before = await bypassCookie(url, { secret });
    await until('the window starts', () => maintenance.isActive());
    await get('/page', { Cookie: before }).expect(503);
    const cookie = await bypassCookie(url, { secret });
    await get('/page', { Cookie: cookie }).expect(200);
    await maintenance.update({ reason: 'Longer' });
    await get('/page', { Cookie: cookie }).expect(200);
    await get('/page', { 'Maintenance-Bypass': secret }).expect(200);
  });

  it('pass in a scope', async () => {
    const { url, maintenance, get } = await start();
    await maintenance.enable({ scope: 'billing' });
    const secret = await maintenance.issueBypassSecret();
    await get('/billing', { 'Maintenance-Bypass': secret }).expect(200);
    await get('/billing', { Cookie: await bypassCookie(url, { secret }) }).expect(200);
    await get('/billing').expect(503);
  });

  it('do not pass through what was not on when it was issued', async () => {
    const { url, maintenance, get } = await start();
    await maintenance.enable({ scope: 'billing' });
    const secret = await maintenance.issueBypassSecret();
    const cookie = await bypassCookie(url, { secret });
    await maintenance.enable();
    for (const headers of [{ 'Maintenance-Bypass': secret }, { Cookie: cookie }])
      for (const path of ['/page', '/billing']) await get(path, headers).expect(503);
    await get('/page', { Cookie: await bypassCookie(url, { secret }) }).expect(503);
  });

  it.each<[what: string, end: (maintenance: MaintenanceService) => Promise<void>]>([
    ['turned off', async (maintenance) => void (await maintenance.disable())],
    [
      'over',
      async (maintenance) => {
        await maintenance.update({ endsAt: new Date(Date.now() + 50) });
        await until('the window ends', () => !maintenance.isActive());
      },
    ],
  ])('lose the application when it is %s, and keep a scope', async (...[, end]) => {
    const { url, maintenance, get } = await start();
    await maintenance.enable({ scope: 'billing' });
    await maintenance.enable();
    const secret = await maintenance.issueBypassSecret();
    await end(maintenance);
    await maintenance.enable();
    const cookie = await bypassCookie(url, { secret });
    for (const headers of [{ 'Maintenance-Bypass': secret }, { Cookie: cookie }])
      await get('/page', headers).expect(503);
    await maintenance.disable();
    await get('/billing', { 'Maintenance-Bypass': secret }).expect(200);
    await get('/billing', { Cookie: await bypassCookie(url, { secret }) }).expect(200);
  });

  it('pass through scopes that are turned on while the application is, with the same cookie', async () => {
    const { url, maintenance, get } = await start({ bypass: { secret: SECRET } });
    await maintenance.enable({ mode: 'read-only' });
    const secret = await maintenance.issueBypassSecret();
    const cookies = [await bypassCookie(url, { secret }), await bypassCookie(url)];
    await maintenance.enable({ scope: 'billing' });
    await get('/billing').expect(503);
    await get('/billing', { 'Maintenance-Bypass': secret }).expect(200);
    for (const Cookie of cookies) await get('/billing', { Cookie }).expect(200);
    await maintenance.disable();
    await get('/billing', { 'Maintenance-Bypass': secret }).expect(503);
    await maintenance.enable();
    for (const Cookie of cookies) await get('/page', { Cookie }).expect(503);
  });

  it('pass on other instances, and on those that boot later', async () => {
    const storage = new MemoryStorage();
    const one = await start({ storage });
    const earlier = await start({ storage });
    await one.maintenance.enable();
    const secret = await one.maintenance.issueBypassSecret();
    await earlier.maintenance.refresh();
    const later = await start({ storage });
    const cookie = await bypassCookie(one.url, { secret });
    for (const { get } of [one, earlier, later]) {
      await get('/page', { Cookie: cookie }).expect(200);
      await get('/page', { 'Maintenance-Bypass': secret }).expect(200);
      await get('/page').expect(503);
    }
    expect((await storage.read())?.text).not.toContain(secret);
  });

  it('cannot be forged from the cookie of another secret', async () => {
    const { url, maintenance, get } = await start({ bypass: { secret: SECRET } });
    await maintenance.enable();
    const secret = await maintenance.issueBypassSecret();
    const cookie = await bypassCookie(url, { secret });
    await maintenance.disable();
    await maintenance.enable();
    await maintenance.issueBypassSecret();
    await get('/page', { Cookie: cookie }).expect(503);
    for (const forged of ['maintenance=', 'maintenance=1.', `maintenance=${Date.now()}.${'A'.repeat(43)}`])
      await get('/page', { Cookie: forged }).expect(503);
  });
});
