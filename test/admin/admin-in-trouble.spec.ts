import { afterEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { MemoryStorage, type StoredRecord } from '../../lib/index.js';
import { adminForms, filledForm, hiddenMembers, openAdminPage, sendForm } from '../support/admin-forms.js';
import { BROWSER, people } from '../support/people.js';
import { closeApps, platforms } from '../support/platforms.js';
import { toggleApp } from '../support/toggle-app.js';

class FailingStorage extends MemoryStorage {
  fails = false;

  override async read(): Promise<StoredRecord | null> {
    if (this.fails) throw new Error('disk full');
    return super.read();
  }

  override async write(text: string, expected?: string | null): Promise<StoredRecord> {
    if (this.fails) throw new Error('disk full');
    return super.write(text, expected);
  }
}

const [[, turnOn] = [], , , [, turnOff] = []] = adminForms;

afterEach(closeApps);

describe.each(platforms)('The admin page on %s', (_, createApp) => {
  it('shows the last known state while the storage fails, without buttons, and its forms answer 503', async () => {
    const storage = new FailingStorage();
    const app = await toggleApp(createApp, { options: { storage, user: people } });
    await app.maintenance.enable({ reason: 'Known' });
    const members = { ...hiddenMembers(await openAdminPage(app), 'off') };
    storage.fails = true;
    const page = await openAdminPage(app);
    expect(page).toContain('disk full');
    expect(page).toContain('Known');
    expect(page).not.toContain('<form');
    const { text } = await sendForm(app, members).expect(503);
    expect(text).toContain('disk full');
    expect(app.maintenance.isActive()).toBe(true);
    storage.fails = false;
    await sendForm(app, members).expect(303);
    expect(app.maintenance.isActive()).toBe(false);
  });

  it.each<[string, unknown]>([
    ['rejects', () => Promise.reject(new Error('no address'))],
    ['returns null', () => null],
  ])('is shown if getClientIp %s', async (__, getClientIp) => {
    const options = { user: people, getClientIp: getClientIp as () => string };
    const app = await toggleApp(createApp, { options });
    const page = await openAdminPage(app);
    expect(page).toContain('Maintenance is off');
    expect(page).not.toContain('null');
    await new Promise(setImmediate);
  });

  it.each([true, false])('says that the state is forced to %s, and has no buttons', async (enabled) => {
    const app = await toggleApp(createApp, { options: { enabled } });
    const page = await openAdminPage(app);
    expect(page).toContain('&quot;enabled&quot; option');
    expect(page).toContain(enabled ? 'Maintenance is on' : 'Maintenance is off');
    expect(page).not.toContain('<form');
    await sendForm(app, { action: 'off' }).expect(409);
  });

  it('replaces stored text that does not parse, for a browser of this origin', async () => {
    const storage = new MemoryStorage();
    const app = await toggleApp(createApp, { options: { storage, user: people } });
    await storage.write('garbage');
    const page = await openAdminPage(app);
    expect(page).toContain('The stored text cannot be understood');
    const members = { ...hiddenMembers(page, 'on'), ...turnOn?.typed };
    expect(members).not.toHaveProperty('token');
    for (const token of ['x', '']) {
      await sendForm(app, { ...members, token })
        .unset('Sec-Fetch-Site')
        .set('Origin', 'https://evil.example')
        .expect(403);
    }
    await sendForm(app, members).expect(303);
    expect(app.maintenance.status()).toMatchObject({ state: 'active', reason: 'typed', by: 'ada' });
  });

  it('shows a mistake with the typed text, as text', async () => {
    const app = await toggleApp(createApp);
    if (!turnOn) throw new Error('There is no form to turn maintenance on.');
    const members = await filledForm(app, turnOn);
    const evil = '"><script>alert(1)</script>';
    const typed = {
      ...members,
      reason: evil,
      note: evil,
      lasts: 'until',
      endsAt: '2000-01-01T00:00',
    };
    const { text } = await sendForm(app, typed).expect(400);
    expect(text).toContain('Nothing was changed');
    expect(text).toContain('must be in the future');
    expect(text).toContain('&lt;script&gt;alert(1)');
    expect(text).not.toContain('<script>alert');
    const { text: list } = await sendForm(app, { ...members, allow: evil }).expect(400);
    expect(list).not.toContain('<script>alert');
    expect(list).toContain('an IP address or a CIDR range');
    const { text: scope } = await sendForm(app, { ...members, scope: ' other', newScope: '' }).expect(400);
    expect(scope).toContain('the name of a scope');
  });

  it('keeps the seconds of an end that was not touched', async () => {
    const app = await toggleApp(createApp);
    const endsAt = new Date('2999-01-02T03:04:05.678Z');
    await app.maintenance.enable({ endsAt, reason: 'before' });
    const members = hiddenMembers(await openAdminPage(app), 'update');
    await sendForm(app, { ...members, reason: 'after', mode: 'full', endsAt: '2999-01-02T03:04' }).expect(
      303,
    );
    expect(app.maintenance.status()).toMatchObject({ reason: 'after', endsAt });
    const again = hiddenMembers(await openAdminPage(app), 'update');
    await sendForm(app, { ...again, reason: '', mode: 'full', endsAt: '' }).expect(303);
    expect(app.maintenance.status()).toMatchObject({ reason: null, endsAt: null });
  });

  it('goes to ?next= after a form', async () => {
    const app = await toggleApp(createApp);
    if (!turnOff) throw new Error('There is no form to turn maintenance off.');
    const members = await filledForm(app, turnOff);
    await request(app.base)
      .post('/admin?next=/orders')
      .set(BROWSER)
      .type('form')
      .send(members)
      .expect(303)
      .expect('Location', '/orders');
  });

  it.each([
    ['a revision of nobody', '?done=99'],
    ['no revision', '?done=<script>'],
    ['text', '?done=hacked'],
  ])('says nothing of %s', async (__, query) => {
    const app = await toggleApp(createApp);
    await app.maintenance.enable();
    const { text } = await request(app.base).get(`/admin${query}`).set(BROWSER).expect(200);
    expect(text).not.toContain('class="card notice done"');
    expect(text).not.toContain('hacked');
  });
});
