import { afterEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { issueToken } from '../../lib/admin/access.js';
import type { MaintenanceStorage } from '../../lib/index.js';
import { BEARER, BROWSER, people } from '../support/people.js';
import { CountingStorage } from '../support/counting.storage.js';
import { closeApps } from '../support/platforms.js';
import { confirmToken, mountings, type ToggleApp, toggleApp } from '../support/toggle-app.js';

const FORM = 'application/x-www-form-urlencoded';
const TEN_MINUTES_MS = 10 * 60 * 1000;

/** What a browser does with the button of the confirm page. */
function click(
  { base }: Pick<ToggleApp, 'base'>,
  action: 'on' | 'off',
  token: string,
  user = 'ada',
): request.Test {
  return request(base)
    .post(`/${action}`)
    .set({ ...BROWSER, Cookie: `session=${user}`, 'Content-Type': FORM })
    .send(`token=${encodeURIComponent(token)}&reason=`);
}

/** The key that the record is signed with. */
async function keyOf(storage: MaintenanceStorage): Promise<string> {
  const stored = await storage.read();
  return (JSON.parse(stored?.text ?? '{}') as { key: string }).key;
}

/** That it is a 403 that says why, and that nothing was written. */
async function expectRefused(app: ToggleApp, refused: request.Test): Promise<void> {
  const before = app.maintenance.status();
  const { writes } = app.storage;
  const response = await refused.expect(403);
  expect(response.text).toContain('not valid any more');
  expect(app.maintenance.status()).toEqual(before);
  expect(app.storage.writes).toBe(writes);
}

afterEach(closeApps);

describe.each(mountings)('The confirm page on %s', (_, createApp, prefix) => {
  it('is not stored, cannot be framed, and says its origin only to itself', async () => {
    const { base } = await toggleApp(createApp, { prefix });
    const { headers } = await request(base).get('/on').set(BROWSER).expect(200);
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
    });
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
  });

  it('turns maintenance on, then off, by its button', async () => {
    const app = await toggleApp(createApp, { prefix });
    await click(app, 'on', await confirmToken(app, 'on'))
      .expect(303)
      .expect('Location', /^admin\?done=\d+$/);
    expect(app.maintenance.status()).toMatchObject({ state: 'active', reason: null, by: 'ada' });
    await click(app, 'off', await confirmToken(app, 'off')).expect(303);
    expect(app.maintenance.isActive()).toBe(false);
  });

  it('gives a token that works on another instance, which has not read the key yet', async () => {
    const storage = new CountingStorage();
    // Neither is told of the other's writes, nor looks by itself.
    storage.watch = async () => async () => {};
    const options = { storage, sync: { pollIntervalMs: 1_000_000 } };
    const one = await toggleApp(createApp, { prefix, options: { ...options, user: people } });
    const other = await toggleApp(createApp, { prefix, options: { ...options, user: people } });
    const token = await confirmToken(one, 'on');
    await click(other, 'on', token).expect(303);
    expect(other.maintenance.isActive()).toBe(true);
    await click(one, 'on', token).expect(403);
  });
});

describe.each(mountings)('A token on %s', (_, createApp, prefix) => {
  it('works once', async () => {
    const app = await toggleApp(createApp, { prefix });
    const token = await confirmToken(app, 'on');
    await click(app, 'on', token).expect(303);
    await expectRefused(app, click(app, 'on', token));
    await app.maintenance.disable();
    await expectRefused(app, click(app, 'on', token));
  });

  it('works once, of two requests at the same time', async () => {
    const app = await toggleApp(createApp, { prefix });
    const token = await confirmToken(app, 'on');
    const answers = await Promise.all([click(app, 'on', token), click(app, 'on', token)]);
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([303, 403]);
  });

  it('works once, of two requests at the same time to two instances', async () => {
    const storage = new CountingStorage();
    const one = await toggleApp(createApp, { prefix, options: { storage, user: people } });
    const other = await toggleApp(createApp, { prefix, options: { storage, user: people } });
    const token = await confirmToken(one, 'on');
    const { writes } = storage;
    const answers = await Promise.all([click(one, 'on', token), click(other, 'on', token)]);
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([303, 403]);
    expect((await one.maintenance.refresh()).revision).toBe((await other.maintenance.refresh()).revision);
    expect(storage.writes).toBeGreaterThan(writes);
  });

  it.each([
    ['of another user', 'on', 'grace'],
    ['for the other action', 'off', 'ada'],
  ] as const)('%s is refused', async (__, action, user) => {
    const app = await toggleApp(createApp, { prefix });
    await app.maintenance.enable({ reason: 'before' });
    const token = await confirmToken(app, 'on');
    await expectRefused(app, click(app, action, token, user));
  });

  it('is refused once another person has changed the state', async () => {
    const app = await toggleApp(createApp, { prefix });
    const token = await confirmToken(app, 'on');
    await app.maintenance.enable({ scope: 'billing' });
    await expectRefused(app, click(app, 'on', token));
  });

  it.each<[what: string, change: (token: string) => string]>([
    ['is empty', () => ' '],
    ['is something else', () => 'rubbish'],
    ['has no signature', (token) => `${token.split('.')[0]}.`],
    ['lives longer', (token) => token.replace(/^\d+/, (expires) => String(Number(expires) + 1))],
    ['ends differently', (token) => token.slice(0, -1) + (token.endsWith('A') ? 'E' : 'A')],
    ['is longer', (token) => `${token}A`],
    ['is shorter', (token) => token.slice(0, -1)],
    ['has a signature of other characters', (token) => `${token.split('.')[0]}.${'ä'.repeat(43)}`],
    ['comes twice', (token) => `${token},${token}`],
  ])('that %s is refused', async (__, change) => {
    const app = await toggleApp(createApp, { prefix });
    const token = change(await confirmToken(app, 'on'));
    await expectRefused(app, click(app, 'on', token));
  });

  it.each([
    ['works to its last minute', TEN_MINUTES_MS - 60_000, 303],
    ['is refused after ten minutes', TEN_MINUTES_MS, 403],
  ])('%s', async (__, age, status) => {
    const app = await toggleApp(createApp, { prefix });
    await confirmToken(app, 'on'); // makes sure that there is a key
    const { revision } = app.maintenance.status();
    const token = issueToken(
      await keyOf(app.storage),
      { action: 'on', user: 'ada', revision },
      Date.now() - age,
    );
    await click(app, 'on', token).expect(status);
    expect(app.maintenance.isActive()).toBe(status === 303);
  });

  it('of a stranger is refused, though he knows all but the key', async () => {
    const app = await toggleApp(createApp, { prefix });
    await confirmToken(app, 'on');
    const { revision } = app.maintenance.status();
    for (const key of ['', 'undefined', 'null']) {
      const token = issueToken(key, { action: 'on', user: 'ada', revision }, Date.now());
      await expectRefused(app, click(app, 'on', token));
    }
  });

  it('must be valid if a program sends one', async () => {
    const app = await toggleApp(createApp, { prefix });
    await expectRefused(app, request(app.base).post('/on').set(BEARER).send({ token: 'rubbish' }));
    await expectRefused(app, request(app.base).post('/on').set(BEARER).send({ token: '' }));
    const token = await confirmToken(app, 'on');
    await request(app.base).post('/on').set(BEARER).send({ token, reason: 'Why' }).expect(200);
    expect(app.maintenance.status().reason).toBe('Why');
  });

  it('does not make up for a request of another site', async () => {
    const app = await toggleApp(createApp, { prefix });
    const token = await confirmToken(app, 'on');
    await click(app, 'on', token).set('Sec-Fetch-Site', 'cross-site').expect(403);
    expect(app.maintenance.isActive()).toBe(false);
  });
});
