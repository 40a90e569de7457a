import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import request from 'supertest';
import { MaintenanceOn, MaintenanceScope, MaintenanceService, MemoryStorage } from '../../lib/index.js';
import { bypassCookie, cookieOf, SECRET } from '../support/bypass.js';
import { PageController } from '../support/pages.js';
import { closeApps, platforms } from '../support/platforms.js';
import { until } from '../support/until.js';

@Controller('closed')
class ClosedController {
  @Get()
  @MaintenanceOn()
  closed(): string {
    return 'closed';
  }
}

@Controller('billing')
@MaintenanceScope('billing')
class BillingController extends PageController {}

const HOUR_MS = 60 * 60 * 1000;

afterEach(closeApps);

describe.each(platforms)('Clients that know the bypass secret on %s', (_, createApp) => {
  const settings = {
    controllers: [PageController, ClosedController, BillingController],
    options: { bypass: { secret: SECRET } },
  };

  it('pass with the cookie, by every method, and with other cookies beside it', async () => {
    const { url, get } = await createApp(settings);
    await get(MaintenanceService).enable();
    await request(url).get('/page').expect(503);
    const cookie = await bypassCookie(url);
    for (const header of [cookie, `a=b; ${cookie}`, `${cookie};c=d`, `xmaintenance=1; ${cookie}`]) {
      await request(url).get('/page').set('Cookie', header).expect(200);
    }
    await request(url).post('/page').set('Cookie', cookie).expect(200);
  });

  it('pass with the header', async () => {
    const { url, get } = await createApp(settings);
    await get(MaintenanceService).enable();
    await request(url).get('/page').set('Maintenance-Bypass', SECRET).expect(200);
    await request(url).delete('/page').set('maintenance-bypass', SECRET).expect(200);
  });

  it('pass in a scope and in read-only mode, too', async () => {
    const { url, get } = await createApp(settings);
    await get(MaintenanceService).enable({ scope: 'billing', mode: 'read-only' });
    const cookie = await bypassCookie(url);
    await request(url).post('/billing').expect(503);
    await request(url).post('/billing').set('Cookie', cookie).expect(200);
    await request(url).post('/billing').set('Maintenance-Bypass', SECRET).expect(200);
  });

  it('do not pass for @MaintenanceOn handlers', async () => {
    const { url, get } = await createApp(settings);
    for (const on of [false, true]) {
      if (on) await get(MaintenanceService).enable();
      const cookie = await bypassCookie(url);
      await request(url).get('/closed').set('Cookie', cookie).expect(503);
      await request(url).get('/closed').set('Maintenance-Bypass', SECRET).expect(503);
    }
  });

  it.each<[what: string, change: (value: string) => string]>([
    ['is tampered with at its end', (value) => value.slice(0, -2) + (value.endsWith('AA') ? 'EE' : 'AA')],
    ['claims another time', (value) => value.replace(/^\d+/, (time) => String(Number(time) + 1))],
    ['is too short', (value) => value.slice(0, -1)],
    ['is too long', (value) => `${value}A`],
    ['is empty', () => ''],
    ['is only a time', (value) => value.split('.')[0] ?? ''],
    ['has other characters', (value) => `${value.split('.')[0]}.${'\u00e4'.repeat(43)}`],
    ['stands in quotes', (value) => `"${value}"`],
    ['is very long', () => 'A'.repeat(8000)],
    ['is the secret itself', () => SECRET],
    ['comes twice', (value) => `${value}; maintenance=${value}`],
    ['comes with another of its name', (value) => `rubbish; maintenance=${value}`],
  ])('are blocked with a cookie that %s', async (__, change) => {
    const { url, get } = await createApp(settings);
    await get(MaintenanceService).enable();
    const [name = '', value = ''] = (await bypassCookie(url)).split('=');
    await request(url).get('/page').set('Cookie', `${name}=${value}`).expect(200);
    const response = await request(url)
      .get('/page')
      .set('Cookie', `${name}=${change(value)}`)
      .expect(503);
    expect(response.headers['maintenance-mode']).toBe('active');
  });

  it.each([
    ['pass with a cookie that has almost expired', 12 * HOUR_MS - 60_000, 200],
    ['are blocked with a cookie that has expired', 12 * HOUR_MS, 503],
    ['pass although their clock is a little ahead', -30_000, 200],
    ['are blocked with a cookie from the future', -HOUR_MS, 503],
  ])('%s', async (__, age, status) => {
    const storage = new MemoryStorage();
    const { url, get } = await createApp({ ...settings, options: { ...settings.options, storage } });
    await get(MaintenanceService).enable();
    const cookie = await cookieOf(storage, Date.now() - age);
    await request(url).get('/page').set('Cookie', cookie).expect(status);
  });

  it('are blocked with the cookie of another secret', async () => {
    const storage = new MemoryStorage();
    const one = await createApp({ ...settings, options: { ...settings.options, storage } });
    const secret = 'another horse battery staple';
    const other = await createApp({ ...settings, options: { storage, bypass: { secret } } });
    await one.get(MaintenanceService).enable();
    await other.get(MaintenanceService).refresh();
    const cookie = await bypassCookie(one.url);
    await request(other.url).get('/page').set('Cookie', cookie).expect(503);
  });

  it('pass on another instance with the same storage', async () => {
    const storage = new MemoryStorage();
    const one = await createApp({ ...settings, options: { ...settings.options, storage } });
    await one.get(MaintenanceService).enable();
    const cookie = await bypassCookie(one.url);
    const later = await createApp({ ...settings, options: { ...settings.options, storage } });
    await request(later.url).get('/page').expect(503);
    await request(later.url).get('/page').set('Cookie', cookie).expect(200);
  });

  it.each<[what: string, options: { enabled?: true }, stored: string]>([
    ['enabled: true', { enabled: true }, '0'],
    ['a stored 1', {}, '1'],
    ['a window of django', {}, '{"start": "2020-01-01T00:00:00Z", "end": "2999-01-01T00:00:00Z"}'],
    ['a record without an activation', {}, '{"version":1,"revision":3,"application":{"state":"on"}}'],
  ])('pass on an instance that has booted later, and on one that was there, with %s', async (...row) => {
    const [, given, stored] = row;
    const storage = new MemoryStorage();
    await storage.write(stored);
    const options = { ...settings.options, ...given, storage };
    const earlier = await createApp({ ...settings, options });
    const one = await createApp({ ...settings, options });
    const cookie = await bypassCookie(one.url);
    const later = await createApp({ ...settings, options });
    for (const { url } of [earlier, one, later]) {
      await request(url).get('/page').expect(503);
      await request(url).get('/page').set('Cookie', cookie).expect(200);
    }
    const ofLater = await bypassCookie(later.url);
    await request(earlier.url).get('/page').set('Cookie', ofLater).expect(200);
  });

  it('pass with a stored 1 that two instances see at different times', async () => {
    const storage = new MemoryStorage();
    await storage.write('0');
    const options = { ...settings.options, storage, sync: { pollIntervalMs: 1_000_000 } };
    const first = await createApp({ ...settings, options });
    const second = await createApp({ ...settings, options });
    await storage.write('1');
    await first.get(MaintenanceService).refresh();
    const cookie = await bypassCookie(first.url);
    await second.get(MaintenanceService).refresh();
    for (const { url } of [first, second]) await request(url).get('/page').set('Cookie', cookie).expect(200);
  });

  it('lose their cookie of a stored 1 if an instance has seen it end', async () => {
    const storage = new MemoryStorage();
    await storage.write('1');
    const { url, get } = await createApp({ ...settings, options: { ...settings.options, storage } });
    const cookie = await bypassCookie(url);
    await request(url).get('/page').set('Cookie', cookie).expect(200);
    const issuedAt = Date.now();
    await storage.write('0');
    await until('the clock has moved on', () => Date.now() > issuedAt);
    await get(MaintenanceService).refresh();
    await storage.write('1');
    await get(MaintenanceService).refresh();
    await request(url).get('/page').expect(503);
    await request(url).get('/page').set('Cookie', cookie).expect(503);
  });

  it('keep their cookie of a stored 1 while this package adds to the record', async () => {
    const storage = new MemoryStorage();
    await storage.write('1');
    const { url, get } = await createApp({ ...settings, options: { ...settings.options, storage } });
    const cookie = await bypassCookie(url);
    await get(MaintenanceService).enable({ reason: 'Still' });
    await request(url).get('/page').set('Cookie', cookie).expect(200);
    await get(MaintenanceService).disable();
    await get(MaintenanceService).enable();
    await request(url).get('/page').set('Cookie', cookie).expect(503);
  });

  it('of enabled: true are blocked by a stored 1', async () => {
    const storage = new MemoryStorage();
    await storage.write('1');
    const forced = await createApp({ ...settings, options: { ...settings.options, enabled: true } });
    const stored = await createApp({ ...settings, options: { ...settings.options, storage } });
    const cookie = await bypassCookie(forced.url);
    await request(stored.url).get('/page').set('Cookie', cookie).expect(503);
  });

  it('keep their cookie while maintenance is still on', async () => {
    const { url, get } = await createApp(settings);
    const maintenance = get(MaintenanceService);
    await maintenance.enable({ reason: 'First' });
    const cookie = await bypassCookie(url);
    await maintenance.enable({ reason: 'Second', endsAt: '2999-01-01T00:00:00Z' });
    await request(url).get('/page').set('Cookie', cookie).expect(200);
    await maintenance.enable({ mode: 'read-only' });
    await request(url).post('/page').set('Cookie', cookie).expect(200);
    await maintenance.refresh();
    await request(url).post('/page').set('Cookie', cookie).expect(200);
  });

  it('lose it when maintenance becomes active again', async () => {
    const { url, get } = await createApp(settings);
    const maintenance = get(MaintenanceService);
    const beforehand = await bypassCookie(url);
    await maintenance.enable();
    await request(url).get('/page').set('Cookie', beforehand).expect(503);
    const cookie = await bypassCookie(url);
    await request(url).get('/page').set('Cookie', cookie).expect(200);
    await maintenance.disable();
    await request(url).get('/page').set('Cookie', cookie).expect(200); // nothing is blocked then
    await maintenance.enable();
    await request(url).get('/page').set('Cookie', cookie).expect(503);
  });

  it('lose it when a window starts', async () => {
    const storage = new MemoryStorage();
    const { url, get } = await createApp({ ...settings, options: { ...settings.options, storage } });
    const startsAt = Date.now() + 300;
    await get(MaintenanceService).enable({ startsAt: new Date(startsAt) });
    const before = await cookieOf(storage, startsAt - 1);
    const after = await cookieOf(storage, startsAt);
    await until('the window starts', () => get(MaintenanceService).isActive());
    await request(url).get('/page').set('Cookie', before).expect(503);
    await request(url).get('/page').set('Cookie', after).expect(200);
    const cookie = await bypassCookie(url);
    await request(url).get('/page').set('Cookie', cookie).expect(200);
  });

  it('are never blocked while maintenance is off, whatever they send', async () => {
    const { url } = await createApp(settings);
    for (const cookie of ['maintenance=rubbish', 'maintenance=a; maintenance=b']) {
      await request(url).get('/page').set('Cookie', cookie).expect(200);
    }
    await request(url).get('/page').set('Maintenance-Bypass', 'rubbish').expect(200);
  });
});
