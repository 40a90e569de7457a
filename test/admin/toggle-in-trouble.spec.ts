import { afterEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { MemoryStorage } from '../../lib/index.js';
import { PageController } from '../support/pages.js';
import { BEARER, BROWSER } from '../support/people.js';
import { closeApps, platforms } from '../support/platforms.js';
import { toggleApp } from '../support/toggle-app.js';

afterEach(closeApps);

describe.each(platforms)('The toggle routes on %s', (_, createApp) => {
  it('let a browser replace stored text that does not parse', async () => {
    const storage = new MemoryStorage();
    await storage.write('garbage');
    const { base, maintenance } = await toggleApp(createApp, { options: { storage } });
    const page = await request(base).get('/on').set(BROWSER).expect(200);
    expect(page.text).not.toContain('name="token"');
    await request(base).post('/on').set(BROWSER).type('form').send('reason=').expect(303);
    expect(maintenance.isActive()).toBe(true);
  });

  it('show their page to a script of the application, and not to one of another site', async () => {
    const { base } = await toggleApp(createApp);
    const script = { ...BROWSER, 'Sec-Fetch-Dest': 'empty', 'Sec-Fetch-Mode': 'cors' };
    await request(base)
      .get('/on')
      .set(script)
      .expect(200, /<form method="post"/);
    await request(base)
      .get('/on')
      .set({ ...script, 'Sec-Fetch-Site': 'same-site' })
      .expect(403);
  });

  it.each([
    ['a number', 7, '7'],
    ['longer than a name may be', 'x'.repeat(255), 'x'.repeat(200)],
    ['nothing', undefined, null],
  ])('work for a superuser whose id is %s', async (__, id, by) => {
    const user = { get: () => ({ isSuperuser: true }), id: () => id as string };
    const { url, get } = await createApp({ controllers: [PageController], options: { user } });
    await request(url).post('/maintenance-mode/on').set(BEARER).expect(200);
    const { MaintenanceService } = await import('../../lib/index.js');
    expect(get(MaintenanceService).status()).toMatchObject({ state: 'active', by });
  });
});

describe('A form that no parser of the application has read', () => {
  it('is not taken for an empty one', async () => {
    const createApp = new Map(platforms).get('express');
    if (!createApp) throw new Error('There is no Express.');
    const { base, maintenance } = await toggleApp(createApp, { bodyParser: false });
    await request(base).post('/on').set(BEARER).type('form').send('scope=billing&token=bad').expect(400);
    expect(maintenance.isActive()).toBe(false);
  });
});
