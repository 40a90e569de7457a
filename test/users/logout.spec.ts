import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Req } from '@nestjs/common';
import request from 'supertest';
import { type IgnoreOptions, type LogoutOptions, MaintenanceService } from '../../lib/index.js';
import { closeApps } from '../support/platforms.js';
import { logInAs, sessionKinds, type SessionRequest } from './sessions.js';

const all = { authenticatedUsers: true } as const;
const BYPASS = 'a secret of some length';

afterEach(closeApps);

@Controller('user')
class UserController {
  @Get()
  user(@Req() { user }: SessionRequest): { user: unknown } {
    return { user: user ?? null };
  }
}

describe.each(sessionKinds)('logout with %s', (_, createApp, settings, user) => {
  const start = (options: object) => createApp({ ...settings, options: { user, ...options } });

  it.each<[LogoutOptions, who: string, outcome: 'in' | 'out']>([
    [{}, 'uma', 'in'],
    [{ authenticatedUsers: false }, 'uma', 'in'],
    [all, 'uma', 'out'],
    [all, 'sam', 'out'],
    [all, 'sue', 'out'],
    [all, 'both', 'out'],
    [{ ...all, staff: false }, 'uma', 'out'],
    [{ ...all, staff: false }, 'sam', 'in'],
    [{ ...all, staff: false }, 'both', 'out'],
    [{ ...all, superusers: false }, 'sue', 'in'],
    [{ ...all, superusers: false }, 'both', 'in'],
    [{ staff: true }, 'uma', 'in'],
    [{ staff: true }, 'sam', 'out'],
    [{ superusers: true }, 'sam', 'in'],
    [{ superusers: true }, 'sue', 'out'],
  ])('%j leaves %s logged %s', async (logout, who, outcome) => {
    const { url, get } = await start({ logout });
    const cookie = await logInAs(url, who);
    await request(url).get('/who').set(cookie).expect(200, who);
    await get(MaintenanceService).enable();
    await request(url).get('/who').set(cookie).expect(503);
    const after = outcome === 'in' ? who : 'anonymous';
    await request(url).get('/open').set(cookie).expect(200, after);
    await get(MaintenanceService).disable();
    await request(url).get('/who').set(cookie).expect(200, after);
  });

  it.each<[IgnoreOptions, who: string, answer: string | 503, after: string]>([
    [{ staff: true }, 'sam', 'sam', 'sam'],
    [{ staff: true }, 'uma', 503, 'anonymous'],
    [{ authenticatedUsers: true }, 'uma', 'uma', 'uma'],
    [{ urls: ['/who'] }, 'uma', 'uma', 'uma'],
    [{ adminSite: '/who' }, 'uma', 'uma', 'uma'],
    [{ ipAddresses: ['127.0.0.1'] }, 'uma', 'uma', 'uma'],
    [{ when: () => true }, 'uma', 'uma', 'uma'],
    [{ anonymousUsers: true }, 'uma', 'anonymous', 'anonymous'],
    [{ anonymousUsers: true, staff: true }, 'sam', 'sam', 'sam'],
  ])('with ignore %j, %s gets %s and is %s then', async (ignore, who, answer, after) => {
    const { url, get } = await start({ logout: all, ignore });
    const cookie = await logInAs(url, who);
    await get(MaintenanceService).enable();
    const { status, text } = await request(url).get('/who').set(cookie);
    expect(status === 200 ? text : status).toBe(answer);
    await request(url).get('/open').set(cookie).expect(200, after);
  });

  it('ends no session of requests that pass or that @MaintenanceOn blocks', async () => {
    const { url, get } = await start({ logout: all, bypass: { secret: BYPASS } });
    const uma = await logInAs(url, 'uma');
    await request(url).get('/who').set(uma).expect(200, 'uma');
    await request(url).get('/closed').set(uma).expect(503);
    await get(MaintenanceService).enable({ mode: 'read-only' });
    await request(url).get('/who').set(uma).expect(200, 'uma');
    await get(MaintenanceService).enable();
    await request(url).get('/who').set(uma).set('Maintenance-Bypass', BYPASS).expect(200, 'uma');
    await request(url).get('/closed').set(uma).expect(503);
    await request(url).get('/maintenance-mode').set(uma).expect(200);
    for (const action of ['on', 'off']) {
      await request(url).get(`/maintenance-mode/${action}`).set(uma).expect(403);
      await request(url).post(`/maintenance-mode/${action}`).set(uma).expect(403);
    }
    await request(url).get('/open').set(uma).expect(200, 'uma');
    await request(url).get('/who').set(uma).expect(503);
    await request(url).get('/open').set(uma).expect(200, 'anonymous');
  });

  it('does not end the session with which a superuser toggles', async () => {
    const { url } = await start({ logout: all });
    const sue = await logInAs(url, 'sue');
    for (const action of ['on', 'off', 'on']) {
      await request(url).post(`/maintenance-mode/${action}`).set(sue).expect(200);
    }
    await request(url).get('/open').set(sue).expect(200, 'sue');
  });

  it('ends only the session of the request', async () => {
    const { url, get } = await start({ logout: { ...all, staff: false } });
    const [uma, sam, second] = [
      await logInAs(url, 'uma'),
      await logInAs(url, 'sam'),
      await logInAs(url, 'uma'),
    ];
    await get(MaintenanceService).enable();
    await Promise.all(
      [uma, sam, uma, uma].map(async (cookie) => request(url).get('/who').set(cookie).expect(503)),
    );
    await request(url).get('/open').set(uma).expect('anonymous');
    await request(url).get('/open').set(sam).expect('sam');
    await request(url).get('/open').set(second).expect('uma');
  });
});

describe('logout with express-session and a middleware that sets request.user', () => {
  const [, , [, createApp, settings]] = sessionKinds as [unknown, unknown, (typeof sessionKinds)[number]];

  it('removes the user from requests that then pass as anonymous', async () => {
    const { url, get } = await createApp({
      ...settings,
      controllers: [...(settings.controllers ?? []), UserController],
      options: { logout: all, ignore: { anonymousUsers: true }, user: { afterGuards: false } },
      configure: async (app) => {
        await settings.configure?.(app);
        app.use((req: SessionRequest, _: unknown, next: () => void) => {
          Object.assign(req, { user: req.session?.user });
          next();
        });
      },
    });
    const uma = await logInAs(url, 'uma');
    await request(url)
      .get('/user')
      .set(uma)
      .expect(200, { user: { id: 'uma' } });
    await get(MaintenanceService).enable();
    await request(url).get('/user').set(uma).expect(200, { user: null });
  });
});
