import { afterEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { hiddenMembers, openAdminPage } from '../support/admin-forms.js';
import { BROWSER } from '../support/people.js';
import { closeApps } from '../support/platforms.js';
import { mountings, type ToggleApp, toggleApp } from '../support/toggle-app.js';

const REASONS = { de: 'Neue Platten\nund Kabel', en: 'New disks\nand cables' };

afterEach(closeApps);

/** Sends the form that changes what is on, as a browser does. */
async function change(app: ToggleApp, typed: Readonly<Record<string, string>>): Promise<string> {
  const page = await openAdminPage(app);
  await request(app.base)
    .post('/admin')
    .type('form')
    .set({ ...BROWSER, Cookie: 'session=ada' })
    .send({ ...hiddenMembers(page, 'update'), mode: 'full', ...typed })
    .expect(303);
  return page;
}

describe.each(mountings)('The form for a reason by language on %s', (_, createApp, prefix) => {
  it('says that it shows one of them, and keeps them all if that is not touched', async () => {
    const app = await toggleApp(createApp, { prefix });
    await app.maintenance.enable({ reason: REASONS });
    // A browser sends a line break of a text area as CRLF.
    const page = await change(app, { reason: 'New disks\r\nand cables', note: 'INC-7' });
    expect(page).toContain('It has a text for each of these languages: de, en.');
    expect(page).toMatch(/<textarea [^>]*>\nNew disks\nand cables<\/textarea>/);
    expect(app.maintenance.status()).toMatchObject({ reason: REASONS.en, reasons: REASONS });
    expect((await app.maintenance.history())[0]).toMatchObject({ action: 'updated', note: 'INC-7' });
  });

  it.each([
    ['Slower', 'Slower'],
    ['', null],
  ])('replaces them all with %j', async (typed, reason) => {
    const app = await toggleApp(createApp, { prefix });
    await app.maintenance.enable({ reason: REASONS });
    await change(app, { reason: typed });
    expect(app.maintenance.status()).toMatchObject({ reason, reasons: null });
  });

  it('has no such hint for a plain reason', async () => {
    const app = await toggleApp(createApp, { prefix });
    await app.maintenance.enable({ reason: 'New disks' });
    expect(await openAdminPage(app)).not.toContain('for each of these languages');
  });
});
