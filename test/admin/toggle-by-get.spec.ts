import { afterEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { BEARER, BROWSER } from '../support/people.js';
import { closeApps } from '../support/platforms.js';
import { mountings, toggleApp } from '../support/toggle-app.js';

const COOKIE = { Cookie: 'session=ada' };

afterEach(closeApps);

describe.each(mountings)('A GET of a superuser on %s', (_, createApp, prefix) => {
  it.each([
    ['a token that a program sends', BEARER],
    [
      'a token that a program sends, and curl headers',
      { ...BEARER, 'User-Agent': 'curl/8.5.0', Accept: '*/*' },
    ],
  ])('with %s toggles directly', async (__, headers) => {
    const { base, maintenance } = await toggleApp(createApp, { prefix });
    await request(base)
      .get('/on')
      .set(headers)
      .expect(200, /"state":"active"/);
    expect(maintenance.isActive()).toBe(true);
    await request(base)
      .get('/off')
      .set(headers)
      .expect(200, /"state":"off"/);
    expect(maintenance.isActive()).toBe(false);
  });

  it.each(['get', 'post'] as const)('with a scope in the address changes nothing (%s)', async (method) => {
    const { base, maintenance } = await toggleApp(createApp, { prefix });
    const { text } = await request(base)[method]('/on?scope=billing').set(BEARER).expect(400);
    expect(text).toContain('scope: send it in the body of a POST');
    expect(maintenance.isActive('billing')).toBe(false);
    await maintenance.enable();
    await request(base)[method]('/off?scope=billing').set(BEARER).expect(400);
    expect(maintenance.isActive()).toBe(true);
  });

  it.each<[what: string, headers: Record<string, string>]>([
    ['a browser, from this application', BROWSER],
    ['a browser, from a link of another site', { ...BROWSER, 'Sec-Fetch-Site': 'cross-site' }],
    ['a browser, typed in', { ...BROWSER, 'Sec-Fetch-Site': 'none', 'Sec-Fetch-User': '?1' }],
    ['a cookie', COOKIE],
    ['a cookie beside a token', { ...COOKIE, ...BEARER }],
    ['an unknown cookie beside a token', { Cookie: 'theme=dark', ...BEARER }],
    [
      'Sec-Fetch headers beside a token',
      { ...BEARER, 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Site': 'cross-site' },
    ],
    ['one Sec-Fetch header beside a token', { ...BEARER, 'Sec-Fetch-User': '?1' }],
    ['Basic credentials', { Authorization: 'Basic ada' }],
    ['Basic credentials in lower case', { Authorization: 'basic ada' }],
    ['Digest credentials', { Authorization: 'Digest ada' }],
    ['Negotiate credentials', { Authorization: 'Negotiate ada' }],
  ])('with %s gets the confirm page, and nothing changes', async (__, headers) => {
    for (const on of [false, true]) {
      const { base, maintenance } = await toggleApp(createApp, { prefix });
      if (on) await maintenance.enable({ reason: 'before' });
      const { state, reason, by } = maintenance.status();
      for (const action of ['on', 'off']) {
        const response = await request(base).get(`/${action}`).set(headers).expect(200);
        expect(response.text).toContain(`<h1>Turn maintenance ${action}?</h1>`);
        expect(response.text).toMatch(/name="token" value="\d+\.[\w-]{43}"/);
        expect(maintenance.status()).toMatchObject({ state, reason, by });
      }
    }
  });

  it.each<[what: string, headers: Record<string, string>]>([
    ['an image', { ...BROWSER, 'Sec-Fetch-Dest': 'image', 'Sec-Fetch-Mode': 'no-cors' }],
    ['an image of another site', { ...COOKIE, 'Sec-Fetch-Dest': 'image', 'Sec-Fetch-Site': 'cross-site' }],
    ['a frame', { ...BROWSER, 'Sec-Fetch-Dest': 'iframe' }],
    ['an old frame', { ...BROWSER, 'Sec-Fetch-Dest': 'frame' }],
    ['an embedded object', { ...BROWSER, 'Sec-Fetch-Dest': 'object' }],
    ['a script', { ...BROWSER, 'Sec-Fetch-Dest': 'script' }],
    ['a style sheet', { ...BROWSER, 'Sec-Fetch-Dest': 'style' }],
    ['fetch() of another site', { ...BROWSER, 'Sec-Fetch-Dest': 'empty', 'Sec-Fetch-Site': 'cross-site' }],
    ['a prefetch', { ...BROWSER, 'Sec-Purpose': 'prefetch' }],
    ['a prerender', { ...BROWSER, 'Sec-Purpose': 'prefetch;prerender' }],
    ['an old prefetch', { ...COOKIE, Purpose: 'prefetch' }],
    ["Firefox's old prefetch", { ...COOKIE, 'X-Moz': 'prefetch' }],
    ["Safari's preview", { ...COOKIE, 'X-Purpose': 'preview' }],
  ])('as %s is a 403, and nothing is written at all', async (__, headers) => {
    const { base, storage } = await toggleApp(createApp, { prefix });
    for (const action of ['on', 'off']) await request(base).get(`/${action}`).set(headers).expect(403);
    expect(storage.writes).toBe(0);
  });

  it.each<[what: string, headers: Record<string, string>]>([
    ['a prefetch by a program', { ...BEARER, Purpose: 'prefetch' }],
    ['a preview by a program', { ...BEARER, 'X-Purpose': 'preview' }],
  ])('as %s does not change anything either', async (__, headers) => {
    const { base, maintenance } = await toggleApp(createApp, { prefix });
    await request(base).get('/on').set(headers);
    expect(maintenance.isActive()).toBe(false);
  });

  it.each<[what: string, headers: Record<string, string>]>([
    ['of a program', BEARER],
    ['of a browser', BROWSER],
  ])('that is a HEAD %s has no body, and nothing is written at all', async (__, headers) => {
    for (const confirm of [true, false]) {
      const { base, storage } = await toggleApp(createApp, { prefix, options: { controller: { confirm } } });
      for (const action of ['on', 'off']) {
        const response = await request(base).head(`/${action}`).set(headers).expect(200);
        expect(response.headers['cache-control']).toBe('no-store');
      }
      expect(storage.writes).toBe(0);
    }
  });

  it.each(['put', 'patch', 'delete'] as const)('there is no %s', async (method) => {
    const { base, storage } = await toggleApp(createApp, { prefix });
    await request(base)[method]('/on').set(BEARER).expect(404);
    expect(storage.writes).toBe(0);
  });
});
