import { afterEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { BEARER } from '../support/people.js';
import { closeApps } from '../support/platforms.js';
import { mountings, toggleApp } from '../support/toggle-app.js';

const ROUTES = [
  ['post', '/on'],
  ['post', '/off'],
  ['get', '/on'],
  ['get', '/off'],
] as const;

afterEach(closeApps);

describe.each(mountings)('The toggle routes on %s', (_, createApp, prefix) => {
  describe.each([
    ['Nobody', {}],
    ['A plain user', { Authorization: 'Bearer bob' }],
    ['A plain user in a browser', { Cookie: 'session=bob', Accept: 'text/html' }],
    ['A user whose isSuperuser is only truthy', { Authorization: 'Bearer truthy' }],
    ['A user who is not known', { Authorization: 'Bearer mallory' }],
  ])('%s', (__, headers) => {
    it.each(ROUTES)('gets 403 for %s %s, and nothing changes', async (method, path) => {
      for (const on of [false, true]) {
        const { base, maintenance, storage } = await toggleApp(createApp, { prefix });
        if (on) await maintenance.enable({ reason: 'before' });
        const before = maintenance.status();
        const { writes } = storage;
        const response = await request(base)[method](path).set(headers).expect(403);
        expect(response.headers).not.toHaveProperty('maintenance-mode');
        expect(maintenance.status()).toEqual(before);
        expect(storage.writes).toBe(writes);
      }
    });
  });

  it('let a superuser turn it on and off by POST, also during maintenance', async () => {
    const { url, base, maintenance } = await toggleApp(createApp, { prefix });
    const on = await request(base).post('/on').set(BEARER).send({ reason: 'Why' }).expect(200);
    expect(on.body).toMatchObject({
      scope: null,
      state: 'active',
      mode: 'full',
      reason: 'Why',
      endsAt: null,
    });
    expect(on.headers['cache-control']).toBe('no-store');
    expect(maintenance.status()).toMatchObject({ state: 'active', reason: 'Why', by: 'ada' });
    await request(url).get(`${prefix}/page`).expect(503);

    await request(base)
      .post('/on')
      .set(BEARER)
      .send({ reason: 'Another' })
      .expect(200, /"reason":"Another"/);
    await request(base)
      .post('/off')
      .set(BEARER)
      .expect(200, /"state":"off"/);
    expect(maintenance.isActive()).toBe(false);
    await request(url).get(`${prefix}/page`).expect(200);
  });

  it('let a superuser turn it on and off by GET, from a program', async () => {
    const { base, maintenance } = await toggleApp(createApp, { prefix });
    await request(base)
      .get('/on')
      .set(BEARER)
      .expect(200, /"state":"active"/);
    expect(maintenance.status()).toMatchObject({ state: 'active', by: 'ada' });
    await request(base)
      .get('/off')
      .set(BEARER)
      .expect(200, /"state":"off"/);
    expect(maintenance.isActive()).toBe(false);
  });

  it.each(['/ON', '/on/', '//on', '/%6fn', '/on?x=/off'])(
    'answer %s in maintenance wherever they are served',
    async (path) => {
      const { base, maintenance } = await toggleApp(createApp, { prefix });
      const { status: off } = await request(base).post(path).set(BEARER);
      await maintenance.enable();
      const { status } = await request(base).post(path).set(BEARER);
      // Where the adapter's router knows it, it is served.
      expect([off, status]).toEqual(off === 404 ? [404, 503] : [200, 200]);
    },
  );
});
