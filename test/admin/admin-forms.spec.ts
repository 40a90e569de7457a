import { afterEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { issueToken } from '../../lib/admin/access.js';
import { adminForms, filledForm, hiddenMembers, openAdminPage, sendForm } from '../support/admin-forms.js';
import { CountingStorage } from '../support/counting.storage.js';
import { BROWSER, people } from '../support/people.js';
import { closeApps, platforms } from '../support/platforms.js';
import { type ToggleApp, toggleApp } from '../support/toggle-app.js';

const TEN_MINUTES_MS = 10 * 60 * 1000;

async function keyOf({ storage }: ToggleApp): Promise<string> {
  const stored = await storage.read();
  return (JSON.parse(stored?.text ?? '{}') as { key: string }).key;
}

/** That nothing was written, and what the answer says. */
async function expectRefused(app: ToggleApp, status: 403 | 409, refused: request.Test): Promise<string> {
  const { writes } = app.storage;
  const before = app.maintenance.list();
  const { text, headers } = await refused.expect(status);
  expect(headers['content-type']).toContain('text/html');
  expect(app.storage.writes).toBe(writes);
  expect(app.maintenance.list()).toEqual(before);
  return text;
}

afterEach(closeApps);

describe.each(platforms)('On %s', (_, createApp) => {
  describe.each(adminForms)('the form "%s" of the admin page', (__, form) => {
    it('works once', async () => {
      const app = await toggleApp(createApp);
      const members = await filledForm(app, form);
      await sendForm(app, members).expect(form.status);
      const text = await expectRefused(app, 409, sendForm(app, members));
      expect(text).toContain('Nothing was changed yet');
    });

    it('works once, of two requests at the same time', async () => {
      const app = await toggleApp(createApp);
      const members = await filledForm(app, form);
      const answers = await Promise.all([sendForm(app, members), sendForm(app, members)]);
      expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([form.status, 409]);
    });

    it('works once, of two requests at the same time to two instances', async () => {
      const storage = new CountingStorage();
      const one = await toggleApp(createApp, { options: { storage, user: people } });
      const other = await toggleApp(createApp, { options: { storage, user: people } });
      const members = await filledForm(one, form);
      const answers = await Promise.all([sendForm(one, members), sendForm(other, members)]);
      expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([form.status, 409]);
    });

    it('of another user is refused', async () => {
      const app = await toggleApp(createApp);
      await expectRefused(app, 403, sendForm(app, await filledForm(app, form), 'grace'));
    });

    it.each(['bob', 'mallory', 'truthy'])('is refused for %s, who is not a superuser', async (user) => {
      const app = await toggleApp(createApp);
      const text = await expectRefused(app, 403, sendForm(app, await filledForm(app, form), user));
      expect(text).not.toContain('<form');
    });

    it.each<[what: string, token: (token: string) => string]>([
      ['no token', () => ''],
      ['rubbish', () => 'rubbish'],
      [
        'a token that lives longer',
        (token) => token.replace(/^\d+/, (expires) => String(Number(expires) + 1)),
      ],
      ['a token that ends differently', (token) => token.slice(0, -1) + (token.endsWith('A') ? 'E' : 'A')],
    ])('is refused with %s, and shows nothing of what was sent', async (___, change) => {
      const app = await toggleApp(createApp);
      const members = await filledForm(app, form);
      const token = change(members['token'] ?? '');
      const text = await expectRefused(app, 403, sendForm(app, { ...members, token, reason: 'forged' }));
      expect(text).not.toContain('forged');
    });

    it('is refused with the token of another action, or of the confirm page', async () => {
      const app = await toggleApp(createApp);
      const members = await filledForm(app, form);
      const { revision } = app.maintenance.status();
      const key = await keyOf(app);
      for (const action of ['on', 'off', 'update', `admin ${form.action === 'on' ? 'off' : 'on'}`]) {
        const token = issueToken(key, { action, user: 'ada', revision }, Date.now());
        await expectRefused(app, 403, sendForm(app, { ...members, token }));
      }
    });

    it('is refused after ten minutes, and can be sent again as it is', async () => {
      const app = await toggleApp(createApp);
      const members = await filledForm(app, form);
      const { revision } = app.maintenance.status();
      const subject = { action: `admin ${form.action}`, user: 'ada', revision };
      const token = issueToken(await keyOf(app), subject, Date.now() - TEN_MINUTES_MS);
      const text = await expectRefused(app, 409, sendForm(app, { ...members, token }));
      expect(text).toContain('more than ten minutes');
      await sendForm(app, { ...members, ...hiddenMembers(text, form.action), ...form.typed }).expect(
        form.status,
      );
    });

    it('is refused if another person has changed the state, who is named', async () => {
      const app = await toggleApp(createApp);
      const members = await filledForm(app, form);
      await app.maintenance.enable({ scope: 'shipping', by: 'grace', reason: 'Theirs' });
      const text = await expectRefused(app, 409, sendForm(app, members));
      expect(text).toContain('<bdi>grace</bdi> turned on full maintenance of <bdi>shipping</bdi>');
      expect(text).toContain('Theirs');
      await sendForm(app, { ...members, ...hiddenMembers(text, form.action), ...form.typed }).expect(
        form.status,
      );
    });

    it.each<[what: string, headers: Record<string, string>]>([
      ['another site', { 'Sec-Fetch-Site': 'cross-site' }],
      ['a sister site', { 'Sec-Fetch-Site': 'same-site' }],
    ])('is refused from %s, also with a valid token', async (___, headers) => {
      const app = await toggleApp(createApp);
      await expectRefused(app, 403, sendForm(app, await filledForm(app, form)).set(headers));
    });

    it('is refused from another origin without a token, and works with one behind a proxy that rewrites Host', async () => {
      const app = await toggleApp(createApp);
      const members = await filledForm(app, form);
      const send = (sent: Record<string, string>): request.Test =>
        sendForm(app, sent).unset('Sec-Fetch-Site').set('Origin', 'https://shop.example');
      await expectRefused(app, 403, send({ ...members, token: '' }));
      await send(members).expect(form.status);
    });

    it.each([
      ['no form', 'application/json', '{"action":"off"}'],
      ['an unknown member', 'application/x-www-form-urlencoded', 'action=off&until=x'],
      ['an unknown action', 'application/x-www-form-urlencoded', 'action=constructor'],
    ])('is a 400 as %s', async (___, type, body) => {
      const app = await toggleApp(createApp);
      const { writes } = app.storage;
      await sendForm(app, {}).set('Content-Type', type).send(body).expect(400);
      expect(app.storage.writes).toBe(writes);
    });
  });

  it('the admin page cannot be framed, stored or prefetched', async () => {
    const app = await toggleApp(createApp);
    const { headers } = await request(app.base).get('/admin').set(BROWSER).expect(200);
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'x-frame-options': 'DENY',
      'referrer-policy': 'same-origin',
    });
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers['content-security-policy']).not.toContain('unsafe');
    const { writes } = app.storage;
    for (const more of [
      { 'Sec-Fetch-Dest': 'iframe' },
      { 'Sec-Fetch-Dest': 'image' },
      { 'Sec-Purpose': 'prefetch' },
    ])
      await request(app.base)
        .get('/admin')
        .set({ ...BROWSER, ...more })
        .expect(403);
    await request(app.base).head('/admin').set(BROWSER).expect(200);
    expect(app.storage.writes).toBe(writes);
  });

  it('the admin page is for superusers', async () => {
    const app = await toggleApp(createApp);
    await expect(openAdminPage(app, 'bob')).rejects.toThrow('expected 200 "OK", got 403');
  });
});
