import { afterEach, describe, expect, it } from '@jest/globals';
import type { NextFunction, Request, Response } from 'express';
import request from 'supertest';
import { MaintenanceService } from '../../lib/index.js';
import { closeApps } from '../support/platforms.js';
import { logInAs, sessionKinds } from './sessions.js';

afterEach(closeApps);

describe.each(sessionKinds)('With sessions of %s', (_, createApp, settings, user) => {
  it('staff pass by their session, others and forged cookies do not', async () => {
    const options = { ignore: { staff: true }, user };
    const { url, get } = await createApp({ ...settings, options });
    await request(url).post('/login').send({ username: 'nobody', password: 'wrong' });
    const [sam, uma] = [await logInAs(url, 'sam'), await logInAs(url, 'uma')];
    await request(url).get('/who').set(uma).expect(200, 'uma');

    await get(MaintenanceService).enable();
    await request(url).get('/who').set(sam).expect(200, 'sam');
    for (const headers of [uma, {}, { Cookie: `${sam.Cookie}x` }]) {
      await request(url).get('/who').set(headers).expect(503);
    }
    await request(url).get('/open').set(uma).expect(200, 'uma');

    // Somebody who logs in during maintenance is known from then on.
    await request(url)
      .get('/who')
      .set(await logInAs(url, 'sam'))
      .expect(200, 'sam');
  });

  it('superusers toggle, by their session and from the same origin', async () => {
    const { url } = await createApp({ ...settings, options: { user } });
    const sue = await logInAs(url, 'sue');
    const post = (headers: Record<string, string>) => request(url).post('/maintenance-mode/on').set(headers);
    await post({}).expect(403);
    await post(await logInAs(url, 'sam')).expect(403);
    await post({ ...sue, 'Sec-Fetch-Site': 'cross-site' }).expect(403);
    await request(url).get('/who').expect(200);
    await post({ ...sue, 'Sec-Fetch-Site': 'same-origin' }).expect(200);
    await request(url).get('/who').set(sue).expect(503);
  });
});

describe('Before Passport has read the session', () => {
  const [[, createApp, settings]] = sessionKinds as [(typeof sessionKinds)[number]];

  it('middleware finds no user, and the guard of the module does later', async () => {
    const seen: unknown[] = [];
    const options = { enabled: true, ignore: { staff: true }, user: { afterGuards: false } };
    const { url } = await createApp({
      ...settings,
      options,
      configure: async (app) => {
        app.use((req: Request, __: Response, next: NextFunction) => {
          seen.push(req.user);
          next();
        });
        await settings.configure?.(app);
      },
    });
    const sam = await logInAs(url, 'sam');
    await request(url).get('/who').set(sam).expect(200, 'sam');
    await request(url).get('/who').expect(503);
    expect(seen).toEqual([undefined, undefined, undefined]);
  });
});
