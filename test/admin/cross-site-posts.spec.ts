import { afterEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { closeApps } from '../support/platforms.js';
import { mountings, toggleApp } from '../support/toggle-app.js';

const COOKIE = { Cookie: 'session=ada' };

afterEach(closeApps);

describe.each(mountings)('A POST of a superuser on %s', (_, createApp, prefix) => {
  it.each<[site: string, origin: string | undefined, allowed: boolean]>([
    ['same-origin', undefined, true],
    ['none', undefined, true],
    ['cross-site', undefined, false],
    ['same-site', undefined, false],
    ['Same-Origin', undefined, false],
    ['', undefined, false],
    ['same-origin', 'https://evil.example', true], // the browser knows better than Origin
    ['cross-site', 'http://app.example', false],
    ['same-site', 'null', false],
  ])('with Sec-Fetch-Site "%s" and Origin %s is allowed: %s', async (site, origin, allowed) => {
    const { base, maintenance, storage } = await toggleApp(createApp, { prefix });
    const asked = request(base).post('/on').set(COOKIE).set({ Host: 'app.example', 'Sec-Fetch-Site': site });
    if (origin !== undefined) asked.set('Origin', origin);
    await asked.expect(allowed ? 200 : 403);
    expect(maintenance.isActive()).toBe(allowed);
    expect(storage.writes).toBe(allowed ? 1 : 0);
  });

  it.each<[host: string, origin: string, allowed: boolean]>([
    ['app.example', 'http://app.example', true],
    ['app.example', 'https://app.example', true], // a proxy in front ends the encryption
    ['app.example:80', 'http://app.example', true],
    ['app.example', 'http://app.example:80', true],
    ['app.example:443', 'https://app.example', true],
    ['app.example', 'https://app.example:443', true],
    ['app.example:8080', 'http://app.example:8080', true],
    ['APP.example', 'http://app.EXAMPLE', true],
    ['[::1]:3000', 'http://[::1]:3000', true],
    ['app.example', 'null', false],
    ['app.example', '', false],
    ['app.example', 'https://evil.example', false],
    ['app.example', 'http://app.example.evil.example', false],
    ['app.example', 'http://evil.example/app.example', false],
    ['app.example', 'http://app.example@evil.example', false],
    ['app.example', 'http://sub.app.example', false],
    ['app.example', 'http://app.example:8080', false],
    ['app.example:8080', 'http://app.example', false],
    ['app.example', 'https://app.example:80', false],
    ['app.example', 'http://app.example:443', false],
    ['app.example', 'app.example', false],
    ['app.example', 'file://', false],
    ['app.example', 'about:blank', false],
    ['a b', 'http://a b', false],
    ['a b', 'https://evil.example', false],
  ])('to the host %s with Origin %s is allowed: %s', async (host, origin, allowed) => {
    const { base, maintenance, storage } = await toggleApp(createApp, { prefix });
    await request(base)
      .post('/on')
      .set({ ...COOKIE, Host: host, Origin: origin })
      .expect(allowed ? 200 : 403);
    expect(maintenance.isActive()).toBe(allowed);
    expect(storage.writes).toBe(allowed ? 1 : 0);
  });

  it.each([
    [{ 'Sec-Fetch-Site': 'cross-site' }, 403],
    [{ Origin: 'https://evil.example' }, 403],
    [{ Origin: 'http://app.example' }, 200],
  ])('that turns it off with %j is a %i', async (headers, status) => {
    const { base, maintenance } = await toggleApp(createApp, { prefix });
    await maintenance.enable();
    await request(base)
      .post('/off')
      .set({ ...COOKIE, Host: 'app.example', ...headers })
      .expect(status);
    expect(maintenance.isActive()).toBe(status === 403);
  });

  it('is compared with the host that a trusted proxy was asked for', async () => {
    const origin = {
      Origin: 'https://app.example',
      'X-Forwarded-Host': 'app.example',
      'X-Forwarded-Proto': 'https',
    };
    const trusting = await toggleApp(createApp, { prefix, trustProxy: true });
    await request(trusting.base)
      .post('/on')
      .set({ ...COOKIE, ...origin })
      .expect(200);
    const distrusting = await toggleApp(createApp, { prefix });
    await request(distrusting.base)
      .post('/on')
      .set({ ...COOKIE, ...origin })
      .expect(403);
  });
});
