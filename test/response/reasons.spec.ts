import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import request, { type Response } from 'supertest';
import { MaintenanceService } from '../../lib/index.js';
import { BEARER } from '../support/people.js';
import { HTML, PageController } from '../support/pages.js';
import { closeApps, platforms } from '../support/platforms.js';
import { mountings, toggleApp } from '../support/toggle-app.js';

const REASONS = { de: 'Neue <Platten>', en: 'New disks', 'zh-Hant': '新磁碟', hu: 'Új lemezek' };
const JSON_ONLY = { Accept: 'application/json' };

describe.each(platforms)('A reason by language on %s', (_, createApp) => {
  describe('is chosen by Accept-Language', () => {
    let url = '';
    beforeAll(async () => {
      const created = await createApp({ controllers: [PageController] });
      await created.get(MaintenanceService).enable({ reason: REASONS });
      ({ url } = created);
    });
    afterAll(closeApps);

    const get = async (path: string, headers: object, language?: string): Promise<Response> =>
      request(url)
        .get(path)
        .set({ ...headers, ...(language !== undefined && { 'Accept-Language': language }) });

    it.each<[header: string | undefined, reason: string]>([
      [undefined, 'New disks'],
      ['', 'New disks'],
      ['*', 'New disks'],
      ['de', 'Neue <Platten>'],
      ['de-CH', 'Neue <Platten>'],
      ['fr', 'New disks'],
      ['fr, de;q=0.1', 'Neue <Platten>'],
      ['en;q=0.5, hu', 'Új lemezek'],
      ['zh-TW', '新磁碟'],
      ['en;q=0, *', 'Neue <Platten>'],
      ['de;q=0, en', 'New disks'],
      ['constructor, __proto__, hu', 'Új lemezek'],
      [`${'de-'.repeat(3000)}de, hu`, 'Új lemezek'],
    ])('%s gets "%s": JSON, page and status', async (header, reason) => {
      const json = await get('/page', JSON_ONLY, header);
      expect(json.status).toBe(503);
      expect(json.body).toMatchObject({ reason, detail: reason, message: reason });
      expect(json.body).not.toHaveProperty('reasons');
      expect(json.headers['vary']).toBe('Accept, Accept-Language');

      const page = await get('/page', HTML, header);
      expect(page.text).toContain(`>${reason.replace('<', '&lt;').replace('>', '&gt;')}</p>`);
      expect(page.headers['vary']).toBe('Accept, Accept-Language');

      const status = await get('/maintenance-mode', {}, header);
      expect(status.body).toMatchObject({ state: 'active', reason });
      expect(status.body).not.toHaveProperty('reasons');
      expect(status.headers['vary']).toMatch(/\bAccept-Language$/);
    });

    it('says its language if that is not the one of the page', async () => {
      const hungarian = await get('/page', HTML, 'hu');
      expect(hungarian.text).toContain('<html lang="en"');
      expect(hungarian.text).toContain('<p class="reason" lang="hu" dir="auto">Új lemezek</p>');
      expect((await get('/page', HTML, 'de')).text).toContain('<p class="reason" dir="auto">Neue');
    });
  });

  describe('changes', () => {
    afterEach(closeApps);

    it('nothing of a plain reason', async () => {
      const created = await createApp({ controllers: [PageController] });
      await created.get(MaintenanceService).enable({ reason: 'New disks' });
      const asked = { ...JSON_ONLY, 'Accept-Language': 'de' };
      const { headers, body } = await request(created.url).get('/page').set(asked).expect(503);
      expect(headers['vary']).toBe('Accept');
      expect(body).toMatchObject({ reason: 'New disks' });
      const status = await request(created.url).get('/maintenance-mode').set(asked).expect(200);
      expect(status.headers['vary'] ?? '').not.toContain('Accept-Language');
    });

    it('at once with an update of one language', async () => {
      const created = await createApp({ controllers: [PageController] });
      const maintenance = created.get(MaintenanceService);
      await maintenance.enable({ reason: REASONS });
      const asked = async (): Promise<Response> =>
        request(created.url)
          .get('/page')
          .set({ ...JSON_ONLY, 'Accept-Language': 'de' });
      expect((await asked()).body).toMatchObject({ reason: 'Neue <Platten>' });
      await maintenance.update({ reason: { ...REASONS, de: 'Fast fertig' } });
      expect((await asked()).body).toMatchObject({ reason: 'Fast fertig' });
    });

    it('in the context and the template of the application, too', async () => {
      const created = await createApp({
        controllers: [PageController],
        options: { response: { context: () => ({ shop: 'Tea' }) } },
      });
      await created.get(MaintenanceService).enable({ reason: REASONS });
      const { body } = await request(created.url)
        .get('/page')
        .set({ ...JSON_ONLY, 'Accept-Language': 'hu' });
      expect(body).toMatchObject({ reason: 'Új lemezek', shop: 'Tea' });
    });
  });
});

describe.each(mountings)('POST with a reason by language on %s', (_, createApp, prefix) => {
  afterEach(closeApps);

  it('turns it on and updates it', async () => {
    const { base, maintenance } = await toggleApp(createApp, { prefix });
    const on = await request(base).post('/on').set(BEARER).send({ reason: REASONS }).expect(200);
    expect(on.body).toMatchObject({ reason: 'New disks' });
    expect(maintenance.status()).toMatchObject({ reasons: REASONS });
    await request(base).post('/update').set(BEARER).send({ mode: 'read-only' }).expect(200);
    expect(maintenance.status()).toMatchObject({ mode: 'read-only', reasons: REASONS });
    const reason = { fr: 'Presque fini' };
    await request(base).post('/update').set(BEARER).send({ reason }).expect(200);
    expect(maintenance.status()).toMatchObject({ reason: 'Presque fini', reasons: reason });
    await request(base).post('/update').set(BEARER).send({ reason: null }).expect(200);
    expect(maintenance.status()).toMatchObject({ reason: null, reasons: null });
  });

  it.each<[body: object, message: RegExp]>([
    [{ reason: {} }, /^reason: expected a text for at least one language/],
    [{ reason: { 'no tag': 'x' } }, /^reason\.no tag: expected a language tag/],
    [{ reason: { de: 1 } }, /^reason\.de: expected a text/],
    [{ reason: [1] }, /^reason: expected a string of at most 2000 characters/],
    [{ reasons: { de: 'x' } }, /^reasons: /],
  ])('refuses %j', async (body, message) => {
    const { base, maintenance } = await toggleApp(createApp, { prefix });
    const refused = await request(base).post('/on').set(BEARER).send(body).expect(400);
    expect(refused.body).toMatchObject({ message: expect.stringMatching(message) });
    expect(maintenance.isActive()).toBe(false);
  });
});
