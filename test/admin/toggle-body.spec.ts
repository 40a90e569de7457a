import { afterEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { BEARER } from '../support/people.js';
import { closeApps, platforms } from '../support/platforms.js';
import { mountings, toggleApp } from '../support/toggle-app.js';

const FORM = 'application/x-www-form-urlencoded';
const FUTURE = '2999-01-02T03:04:05Z';
const LATER = '2999-01-02T05:04:05+00:00';

afterEach(closeApps);

describe.each(mountings)('A POST to the toggle routes on %s', (_, createApp, prefix) => {
  it.each<[what: string, type: string, body: string]>([
    [
      'JSON',
      'application/json',
      JSON.stringify({ reason: 'a b', startsAt: FUTURE, endsAt: LATER, mode: 'read-only' }),
    ],
    ['a form', FORM, `reason=a+b&startsAt=${FUTURE}&endsAt=${LATER.replace('+', '%2B')}&mode=read-only`],
    [
      'a form in a character set',
      `${FORM}; charset=UTF-8`,
      `reason=a%20b&startsAt=${FUTURE}&endsAt=${FUTURE.replace('T03', 'T05')}&mode=read-only`,
    ],
  ])('takes %s', async (__, type, body) => {
    const { base, maintenance } = await toggleApp(createApp, { prefix });
    await request(base).post('/on').set(BEARER).set('Content-Type', type).send(body).expect(200);
    expect(maintenance.status()).toMatchObject({
      state: 'scheduled',
      reason: 'a b',
      mode: 'read-only',
      startsAt: new Date(FUTURE),
      endsAt: new Date(LATER),
    });
  });

  it('counts the empty fields of a form as absent', async () => {
    const { base, maintenance } = await toggleApp(createApp, { prefix });
    const body = 'reason=&startsAt=&endsAt=&scope=&mode=';
    await request(base).post('/on').set(BEARER).set('Content-Type', FORM).send(body).expect(200);
    expect(maintenance.status()).toMatchObject({ state: 'active', reason: null, mode: 'full', scope: null });
    await request(base).post('/off').set(BEARER).set('Content-Type', FORM).send('scope=').expect(200);
    expect(maintenance.isActive()).toBe(false);
  });

  it('takes null for every member that is not set', async () => {
    const { base, maintenance } = await toggleApp(createApp, { prefix });
    const nothing = { reason: null, note: null, startsAt: null, endsAt: null, announceFrom: null };
    const members = { ...nothing, scope: null, mode: null, allow: null, token: null };
    await request(base).post('/on').set(BEARER).send(members).expect(200);
    expect(maintenance.status()).toMatchObject({ state: 'active', mode: 'full', reason: null, scope: null });
    await maintenance.update({ mode: 'read-only', reason: 'before' });
    await request(base).post('/update').set(BEARER).send(members).expect(200);
    expect(maintenance.status()).toMatchObject({ state: 'active', mode: 'full', reason: null });
    const off = { scope: null, all: null, note: null, token: null };
    await request(base).post('/off').set(BEARER).send(off).expect(200);
    expect(maintenance.isActive()).toBe(false);
  });

  it.each(['on', 'update'])('takes the status back: /%s', async (action) => {
    const { base, maintenance } = await toggleApp(createApp, { prefix });
    await maintenance.enable({ scope: 'billing', startsAt: LATER });
    const setting = { reason: 'a', note: 'b', mode: 'read-only', allow: { ipAddresses: ['::1'] } } as const;
    await maintenance.enable({
      ...setting,
      startsAt: FUTURE,
      endsAt: LATER,
      announceFrom: '2999-01-01T00:00:00Z',
    });
    const { body } = await request(base).get('').set(BEARER).expect(200);
    await maintenance.enable({ startsAt: FUTURE });
    await request(base)
      .post(`/${action}`)
      .set(BEARER)
      .send(body as object)
      .expect(200);
    const { body: again } = await request(base).get('').set(BEARER).expect(200);
    const changed = { revision: expect.any(Number), setIn: expect.any(Number) };
    expect(again).toEqual({ ...(body as object), ...changed });
  });

  it.each(['on', 'update'])(
    'takes a status with a reason by language back, in any language: /%s',
    async (action) => {
      const { base, maintenance } = await toggleApp(createApp, { prefix });
      const reason = { de: 'Neue Platten', en: 'New disks' };
      await maintenance.enable({ reason });
      const { body } = await request(base).get('').set(BEARER).set('Accept-Language', 'de').expect(200);
      expect(body).toMatchObject({ reason: 'Neue Platten', reasons: reason });
      await maintenance.enable({ reason: 'Other' });
      const post = request(base).post(`/${action}`).set(BEARER);
      await post.send(body as object).expect(200);
      expect(maintenance.status()).toMatchObject({ reason: 'New disks', reasons: reason });
      const changed = { ...(body as object), reason: 'Mine' };
      await request(base).post(`/${action}`).set(BEARER).send(changed).expect(200);
      expect(maintenance.status()).toMatchObject({ reason: 'Mine', reasons: null });
    },
  );

  it('turns a scope on and off', async () => {
    const { base, maintenance } = await toggleApp(createApp, { prefix });
    await request(base)
      .post('/on')
      .set(BEARER)
      .send({ scope: 'billing' })
      .expect(200, /"state":"active"/);
    expect([maintenance.isActive(), maintenance.isActive('billing')]).toEqual([false, true]);
    await request(base)
      .post('/off')
      .set(BEARER)
      .send({ scope: 'billing' })
      .expect(200, /"state":"off"/);
    expect(maintenance.isActive('billing')).toBe(false);
  });
});

describe.each(platforms)('A body that is not understood on %s', (_, createApp) => {
  const JSON_TYPE = 'application/json';
  const json = (value: unknown): [type: string, body: string] => [JSON_TYPE, JSON.stringify(value)];

  it.each<[action: 'on' | 'off', type: string, body: string, why: RegExp]>([
    [
      'on',
      ...json({ until: FUTURE }),
      /^until: expected one of scope, mode, reason, note, startsAt, endsAt, announceFrom, allow, got an unknown name$/,
    ],
    ['off', ...json({ until: FUTURE }), /^until: expected one of scope, all, note, got an unknown name$/],
    ['on', ...json({ by: 'mallory' }), /^by: /],
    ['on', ...json({ next: '/' }), /^next: /],
    ['on', JSON_TYPE, '{"__proto__":{"reason":"x"}}', /./],
    ['on', ...json({ constructor: 1 }), /^constructor: /],
    ['on', ...json({ reason: 5 }), /^reason: expected a string of at most 2000 characters, got 5$/],
    ['on', ...json({ reason: '', scope: '' }), /^scope: /],
    [
      'on',
      ...json({ state: 'off' }),
      /^state: expected "scheduled" or "active", since what is off is turned off with/,
    ],
    ['off', ...json({ startsAt: null }), /^startsAt: /],
    [
      'on',
      ...json({ reason: ['a'] }),
      /^reason: expected a string of at most 2000 characters, got an array$/,
    ],
    ['on', ...json({ reason: 'x'.repeat(2001) }), /reason: expected a string of at most 2000 characters/],
    ['on', ...json({ scope: 'bill\ning' }), /^scope: /],
    ['on', ...json({ scope: '__proto__' }), /^scope: /],
    ['on', ...json({ mode: 'off' }), /^mode: expected "full" or "read-only", got "off"$/],
    ['on', ...json({ startsAt: 0 }), /^startsAt: /],
    ['on', ...json({ startsAt: 'tomorrow' }), /^startsAt: expected .*ISO 8601/],
    ['on', ...json({ startsAt: '2999-01-02T03:04:05' }), /^startsAt: .*offset/],
    ['on', ...json({ endsAt: '2000-01-01T00:00:00Z' }), /^endsAt .* must be in the future/],
    ['on', ...json({ startsAt: LATER, endsAt: FUTURE }), /^endsAt .* must be later than startsAt/],
    ['on', ...json({ startsAt: FUTURE, endsAt: FUTURE }), /^endsAt .* must be later than startsAt/],
    ['off', ...json({ startsAt: FUTURE }), /^startsAt: /],
    ['off', ...json({ endsAt: FUTURE }), /^endsAt: /],
    ['off', ...json({ reason: 'x' }), /^reason: /],
    ['on', ...json([]), /array/],
    ['on', ...json([{ reason: 'x' }]), /array/],
    ['on', ...json(null), /./],
    ['on', ...json('on'), /./],
    ['on', JSON_TYPE, '{"reason":', /./],
    ['on', 'text/plain', 'reason=x', /./],
    ['off', 'text/plain', '{}', /./],
    ['on', FORM, 'reason=a&reason=b', /^reason: expected a string, got an array$/],
    ['on', FORM, 'reason[a]=b', /^reason(\[a\])?: /],
    ['on', FORM, 'reason=a&until=b', /^until: /],
    ['on', FORM, 'startsAt=2999-01-02T03:04', /^startsAt: /],
  ])('%s with %s %s is a 400 that says why, and nothing changes', async (action, type, body, why) => {
    for (const on of [false, true]) {
      const { base, maintenance, storage } = await toggleApp(createApp);
      if (on) await maintenance.enable({ reason: 'before' });
      const before = maintenance.status();
      const { writes } = storage;
      const response = await request(base)
        .post(`/${action}`)
        .set(BEARER)
        .set('Content-Type', type)
        .send(body)
        .expect(400);
      expect((response.body as { message: string }).message).toMatch(why);
      expect(maintenance.status()).toEqual(before);
      expect(storage.writes).toBe(writes);
    }
  });

  it.each([
    [
      'multipart/form-data; boundary=x',
      '--x\r\nContent-Disposition: form-data; name="reason"\r\n\r\na\r\n--x--\r\n',
    ],
    ['application/xml', '<reason>a</reason>'],
    ['image/png', 'PNG'],
  ])('of the type %s is refused, and nothing changes', async (type, body) => {
    const { base, maintenance, storage } = await toggleApp(createApp);
    const response = await request(base)
      .post('/on')
      .set(BEARER)
      .set('Content-Type', type)
      .send(Buffer.from(body));
    // Fastify refuses with 415, before any handler, what it has no parser for.
    expect([400, 415]).toContain(response.status);
    expect(maintenance.isActive()).toBe(false);
    expect(storage.writes).toBe(0);
  });

  it('is only looked at for a superuser', async () => {
    const { base } = await toggleApp(createApp);
    await request(base).post('/on').send({ until: FUTURE }).expect(403);
  });
});

describe.each(platforms)('With the state forced on %s', (_, createApp) => {
  it.each([true, false])('to %s, every toggle is a 409 that names the option', async (enabled) => {
    const { base, maintenance } = await toggleApp(createApp, { options: { enabled } });
    for (const action of ['on', 'off']) {
      for (const asked of [
        request(base).post(`/${action}`).set(BEARER),
        request(base).get(`/${action}`).set(BEARER),
        request(base).get(`/${action}`).set({ Cookie: 'session=ada', Accept: 'text/html' }),
      ]) {
        const response = await asked.expect(409);
        expect(response.text).toMatch(/(?:\\"|&quot;)enabled(?:\\"|&quot;) option/);
      }
    }
    expect(maintenance.isActive()).toBe(enabled);
  });
});
