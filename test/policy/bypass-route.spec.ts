import { afterEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { MaintenanceService } from '../../lib/index.js';
import { bypassCookie, SECRET } from '../support/bypass.js';
import { PageController } from '../support/pages.js';
import { closeApps, platforms } from '../support/platforms.js';
import { rawRequest } from '../support/raw-request.js';

const VALUE = String.raw`\d{13}\.[\w-]{43}`;

afterEach(closeApps);

describe.each(platforms)('The bypass route on %s', (_, createApp) => {
  const controllers = [PageController];
  const options = { bypass: { secret: SECRET } };
  const path = `/maintenance-mode/bypass/${encodeURIComponent(SECRET)}`;

  it.each([false, true])('sets a cookie, whether maintenance is active: %s', async (active) => {
    const { url, get } = await createApp({ controllers, options });
    if (active) await get(MaintenanceService).enable();
    const response = await request(url).get(path).expect(302).expect('Location', '../../');
    expect(response.get('Set-Cookie')).toEqual([
      expect.stringMatching(
        new RegExp(`^maintenance=${VALUE}; Path=/; Max-Age=43200; HttpOnly; SameSite=Lax$`),
      ),
    ]);
    expect(response.headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' });
    expect(response.text ?? '').not.toContain('correct');
  });

  it.each([
    ['?next=/cart?a=b', '/cart?a=b'],
    ['?next=//evil.example', '../../'],
    ['?next=https://evil.example', '../../'],
  ])('with %s leads to %s', async (query, location) => {
    const { url } = await createApp({ controllers, options });
    await request(url).get(`${path}${query}`).expect(302).expect('Location', location);
  });

  it('gives the cookie the prefix __Host- if a trusted proxy reports HTTPS', async () => {
    const { url, get } = await createApp({
      controllers,
      trustProxy: true,
      options: { bypass: { secret: SECRET, maxAgeSeconds: 60 } },
    });
    await get(MaintenanceService).enable();
    const https = { 'X-Forwarded-Proto': 'https' };
    const response = await request(url).get(path).set(https).expect(302);
    expect(response.get('Set-Cookie')).toEqual([
      expect.stringMatching(
        new RegExp(`^__Host-maintenance=${VALUE}; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure$`),
      ),
    ]);
    const cookie = await bypassCookie(url, { headers: https });
    await request(url)
      .get('/page')
      .set({ ...https, Cookie: cookie })
      .expect(200);
    // The name without the prefix may have been set by a neighbour.
    const renamed = cookie.replace('__Host-', '');
    await request(url)
      .get('/page')
      .set({ ...https, Cookie: renamed })
      .expect(503);
    await request(url).get('/page').set('Cookie', cookie).expect(503);
  });

  it('sets a cookie with another name, so that two applications of one host do not share it', async () => {
    const { url, get } = await createApp({
      controllers,
      trustProxy: true,
      options: { bypass: { secret: SECRET, cookieName: "shop.v2!#$%&'*+-^_`|~" } },
    });
    await get(MaintenanceService).enable();
    for (const [headers, name] of [
      [{}, "shop.v2!#$%&'*+-^_`|~"],
      [{ 'X-Forwarded-Proto': 'https' }, "__Host-shop.v2!#$%&'*+-^_`|~"],
    ] as const) {
      const cookie = await bypassCookie(url, { headers });
      expect(cookie.slice(0, cookie.indexOf('='))).toBe(name);
      const ask = (sent: string) =>
        request(url)
          .get('/page')
          .set({ ...headers, Cookie: sent });
      await ask(cookie).expect(200);
      await ask(`maintenance=rubbish; ${cookie}`).expect(200);
      await ask(cookie.replace(name, 'maintenance')).expect(503);
    }
  });

  it('ignores the headers of an untrusted proxy', async () => {
    const { url } = await createApp({ controllers, options });
    expect(await bypassCookie(url, { headers: { 'X-Forwarded-Proto': 'https' } })).toMatch(/^maintenance=/);
  });

  it.each([
    ['a wrong secret', 'wrong horse battery staple'],
    ['the beginning of the secret', SECRET.slice(0, -1)],
    ['the secret and more', `${SECRET}x`],
    ['the secret in upper case', SECRET.toUpperCase()],
    ['an empty word', ' '],
    ['a word of another length', 'x'],
  ])('answers 404 for %s, and sets no cookie', async (__, secret) => {
    const { url, get } = await createApp({ controllers, options });
    await get(MaintenanceService).enable();
    const response = await request(url)
      .get(`/maintenance-mode/bypass/${encodeURIComponent(secret)}`)
      .expect(404);
    expect(response.headers).not.toHaveProperty('set-cookie');
    await request(url).get('/page').set('Maintenance-Bypass', secret).expect(503);
  });

  it.each(['undefined', 'null', 'correct', '%', '%ff'])(
    'is no way in without a secret: %s',
    async (secret) => {
      const { port, get } = await createApp({ controllers });
      await get(MaintenanceService).enable();
      const { status, headers } = await rawRequest(port, `/maintenance-mode/bypass/${secret}`);
      expect([400, 404, 503]).toContain(status); // 400, 503: the router itself cannot decode it
      expect(headers).not.toHaveProperty('set-cookie');
      const page = await rawRequest(port, '/page', { 'Maintenance-Bypass': secret });
      expect(page.status).toBe(503);
    },
  );

  it.each([
    's'.repeat(100),
    'a/b?c#d%e&f=g;h,ij',
    'geheim-ünd-lang-genüg',
    '秘密の合言葉は十六文字以上あります',
  ])('accepts the secret %s in the URL, and its UTF-8 bytes in the header', async (secret) => {
    const { url, port, get } = await createApp({ controllers, options: { bypass: { secret } } });
    await get(MaintenanceService).enable();
    const cookie = await bypassCookie(url, { secret });
    await request(url).get('/page').set('Cookie', cookie).expect(200);
    const bytes = Buffer.from(secret, 'utf8').toString('latin1');
    const byHeader = await rawRequest(port, '/page', { 'Maintenance-Bypass': bytes });
    expect(byHeader.status).toBe(200);
  });

  it('has the global prefix, as the other routes', async () => {
    const { url, get } = await createApp({
      controllers,
      options,
      configure: (app) => void app.setGlobalPrefix('api'),
    });
    await get(MaintenanceService).enable();
    await request(url).get(path).expect(503);
    await request(url).get(`/api${path}`).expect(302);
  });
});
