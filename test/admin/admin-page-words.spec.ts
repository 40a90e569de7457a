import { afterEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { hiddenMembers, openAdminPage, sendForm } from '../support/admin-forms.js';
import { BROWSER } from '../support/people.js';
import { closeApps, platforms } from '../support/platforms.js';
import { toggleApp } from '../support/toggle-app.js';

afterEach(closeApps);

const RTL = '\u05d0\u05d1';

describe.each(platforms)('The pages on %s', (_, createApp) => {
  it('isolate the direction of what people have written', async () => {
    const app = await toggleApp(createApp);
    const endsAt = new Date(Date.now() + 3_600_000);
    await app.maintenance.enable({ reason: `${RTL}r`, note: `${RTL}n`, by: `${RTL}b`, endsAt });
    await app.maintenance.enable({ reason: `${RTL}r`, scope: `${RTL}s`, by: `${RTL}b` });
    const bare = new RegExp(`<(?!bdi|option|textarea)[^>]*>[^<]*${RTL}[rnbs]`);
    const pages = [await openAdminPage(app), (await request(app.base).get('/off').set(BROWSER)).text];
    for (const page of pages) {
      expect(page).toContain(`${RTL}r</bdi>`);
      expect(bare.exec(page)?.[0]).toBeUndefined();
      expect(page).not.toMatch(/<(?:textarea|option)(?![^>]*dir="auto")/);
    }
  });

  it('offer no duration that the limits do not allow', async () => {
    const app = await toggleApp(createApp, { options: { limits: { maxDurationSeconds: 1800 } } });
    const lasts = async (): Promise<string[]> =>
      [...(await openAdminPage(app)).matchAll(/name="lasts" value="(\w+)"/g)].map(([, value = '']) => value);
    expect(await lasts()).toEqual(['15', '30', 'until']);
    await app.maintenance.enable({ endsAt: new Date(Date.now() + 600_000) });
    expect(await openAdminPage(app)).not.toContain('Extend by 30 minutes');
  });

  it('mark a reason that is required', async () => {
    const app = await toggleApp(createApp, { options: { limits: { requireReason: true } } });
    const confirm = await request(app.base).get('/on').set(BROWSER).expect(200);
    for (const page of [await openAdminPage(app), confirm.text]) {
      expect(page).toContain('Reason, shown to visitors (required)');
      expect(page).toMatch(/name="reason"[^>]* required/);
    }
  });

  it('say that it was done if no history is kept', async () => {
    const app = await toggleApp(createApp, { options: { history: { keep: 0 } } });
    await app.maintenance.enable();
    const members = hiddenMembers(await openAdminPage(app), 'off');
    const { headers } = await sendForm(app, members).expect(303);
    const open = async (query: string): Promise<string> =>
      (await request(app.base).get(`/admin${query}`).set(BROWSER).expect(200)).text;
    expect(headers['location']).toMatch(/done=\d+$/);
    expect(await open(headers['location']?.replace(/^[^?]*/, '') ?? '')).toContain('Done.');
    expect(await open('?done=99')).not.toContain('Done.');
  });
});
