import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request, { type Agent, type Response } from 'supertest';
import { HTML } from '../support/pages.js';
import { killQuickStarts, type QuickStart, runQuickStart, startQuickStart } from '../support/quick-start.js';
import { makeDirectory, removeDirectories } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

let directory: string;
let shop: QuickStart;

// One for all tests: each leaves it open, but the one that starts it again.
beforeAll(async () => {
  directory = await makeDirectory();
  shop = await startQuickStart(directory);
});

afterAll(async () => {
  await killQuickStarts();
  await removeDirectories();
});

const visit = async (path: string): Promise<Response> => request(shop.url).get(path).set(HTML);
const statusOf = async (path: string): Promise<number> => (await visit(path)).status;

/** A browser in which the admin is logged in. */
async function logIn(): Promise<Agent> {
  const admin = request.agent(shop.url);
  await admin
    .post('/login')
    .type('form')
    .send({ password: shop.password })
    .expect(303)
    .expect('Location', '/admin');
  return admin;
}

/** Opens `/maintenance-mode/on` or `/off`, and sends the form that it shows. */
async function confirm(admin: Agent, action: 'on' | 'off', fields: object = {}): Promise<void> {
  const path = `/maintenance-mode/${action}?next=/admin`;
  const { text } = await admin.get(path).set(HTML).expect(200);
  const [, token] = /name="token" value="([^"]+)"/.exec(text) ?? [];
  expect(token).toBeDefined();
  const form = { token, ...fields };
  await admin.post(path).set(HTML).type('form').send(form).expect(303).expect('Location', '/admin');
}

describe('the quick start', () => {
  it('says what to open and to try', () => {
    expect(shop.output()).toContain(`${shop.url}/maintenance-mode/admin`);
    expect(shop.output()).toContain(`curl -i ${shop.url}/health`);
    expect(shop.output()).toContain('echo 1 > maintenance-state.json');
  });

  it.each(['/', '/products', '/checkout', '/api/products', '/api/products/assam', '/health', '/login'])(
    'answers 200 at %s',
    async (path) => {
      expect(await statusOf(path)).toBe(200);
    },
  );

  it('takes an order, and shows the typed text as text', async () => {
    const order = { name: '<b>"Ada"</b>', product: 'assam' };
    const { text } = await request(shop.url).post('/checkout').type('form').send(order).expect(201);
    expect(text).toContain('Assam is on its way to you, &lt;b&gt;&quot;Ada&quot;&lt;/b&gt;.');
  });

  it('is turned on and off by its admin who opens /maintenance-mode/on and /off', async () => {
    const admin = await logIn();
    await confirm(admin, 'on', { reason: 'Tea ceremony' });

    const { status, headers, text } = await visit('/');
    expect(status).toBe(503);
    expect(text).toContain('Tea ceremony');
    expect(headers).toMatchObject({
      'retry-after': '3600',
      'cache-control': 'no-store',
      vary: 'Accept, Accept-Language',
      'x-content-type-options': 'nosniff',
      'maintenance-mode': 'active',
      'content-type': 'text/html; charset=utf-8',
      'content-length': String(Buffer.byteLength(text)),
    });
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    const api = await request(shop.url).get('/api/products').expect(503);
    expect(api.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(api.body).toMatchObject({ status: 503, reason: 'Tea ceremony' });

    expect(await statusOf('/health')).toBe(200);
    expect(await statusOf('/login')).toBe(200);
    expect((await admin.get('/admin').expect(200)).text).toContain('active, Tea ceremony');

    await confirm(admin, 'off');
    expect(await statusOf('/')).toBe(200);
  });

  it('links its admin to the admin page of the module', async () => {
    const admin = await logIn();
    expect((await admin.get('/admin').expect(200)).text).toContain('href="/maintenance-mode/admin"');
    expect((await admin.get('/maintenance-mode/admin').expect(200)).text).toContain('Maintenance is off');
  });

  it.each(['/maintenance-mode/on', '/maintenance-mode/off'])('lets no visitor open %s', async (path) => {
    expect(await statusOf(path)).toBe(403);
    expect((await request(shop.url).post(path).send({})).status).toBe(403);
    expect(await statusOf('/')).toBe(200);
  });

  it.each(['maintenance/on', 'maintenance/off', 'checkout/close', 'checkout/open'])(
    'sends a visitor who posts to /admin/%s to the login page',
    async (path) => {
      const post = request(shop.url).post(`/admin/${path}`).type('form').send({ minutes: 5 });
      await post.expect(303).expect('Location', '/login');
      expect(await statusOf('/checkout')).toBe(200);
    },
  );

  it.each([{ password: 'wrong' }, { password: '' }, {}, { password: ['a'] }])(
    'lets nobody in with %j',
    async (body) => {
      const { headers } = await request(shop.url).post('/login').send(body).expect(401);
      expect(headers['set-cookie']).toBeUndefined();
    },
  );

  it('keeps the session in a cookie that scripts and other sites cannot use, and forgets it at logout', async () => {
    const login = await request(shop.url).post('/login').type('form').send({ password: shop.password });
    const [cookie = ''] = login.get('Set-Cookie') ?? [];
    expect(cookie).toMatch(/^session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/);

    const withCookie = { Cookie: cookie.split(';', 1) };
    await request(shop.url).get('/admin').set(withCookie).expect(200);
    await request(shop.url).post('/logout').set(withCookie).expect(303);
    await request(shop.url).get('/admin').set(withCookie).expect(303);
  });

  it('is turned on by the service until an end that Retry-After tells, and off', async () => {
    const admin = await logIn();
    await admin.post('/admin/maintenance/on').type('form').send({ minutes: 10, reason: '' }).expect(303);
    const { status, headers, text } = await visit('/products');
    expect(status).toBe(503);
    expect(text).toContain('<time datetime="');
    expect(Number(headers['retry-after'])).toBeGreaterThan(10 * 60 - 30);
    expect(Number(headers['retry-after'])).toBeLessThanOrEqual(10 * 60);

    await admin.post('/admin/maintenance/off').expect(303);
    expect(await statusOf('/products')).toBe(200);
  });

  it.each([0, -1, 1441, 'soon', ''])('refuses to be turned on for %j minutes', async (minutes) => {
    const admin = await logIn();
    await admin.post('/admin/maintenance/on').type('form').send({ minutes }).expect(400);
    expect(await statusOf('/')).toBe(200);
  });

  it('closes the checkout alone', async () => {
    const admin = await logIn();
    await admin.post('/admin/checkout/close').expect(303);
    expect(await statusOf('/checkout')).toBe(503);
    expect((await request(shop.url).post('/checkout').send({})).status).toBe(503);
    expect(await statusOf('/products')).toBe(200);
    await admin.post('/admin/checkout/open').expect(303);
    expect(await statusOf('/checkout')).toBe(200);
  });

  it('follows the file: 1 turns it on, deleting it off', async () => {
    const file = join(directory, 'maintenance-state.json');
    await writeFile(file, '1\n');
    await until('503 after "echo 1"', async () => (await statusOf('/')) === 503);
    await rm(file);
    await until('200 after "rm"', async () => (await statusOf('/')) === 200);
  });

  it('keeps the state when it is stopped and started again', async () => {
    await confirm(await logIn(), 'on', { reason: 'Longer than a restart' });
    expect(await shop.stop()).toEqual({ code: 0, signal: null });
    shop = await startQuickStart(directory);
    const { status, text } = await visit('/');
    expect(status).toBe(503);
    expect(text).toContain('Longer than a restart');
    expect(await statusOf('/health')).toBe(200);
  });

  it('says so when the port is taken', async () => {
    const port = Number(new URL(shop.url).port);
    const { code, output } = await runQuickStart(directory, port);
    expect(code).toBe(1);
    expect(output).toContain(`Port ${port} is taken. Choose another one: PORT=${port + 1} npm start`);
  });
});
