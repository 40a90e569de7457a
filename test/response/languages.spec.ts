import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { MaintenanceService } from '../../lib/index.js';
import { HTML, PageController } from '../support/pages.js';
import { closeApps, platforms } from '../support/platforms.js';

const LANGUAGES = 'ar cs da de en es fi fr he it ja ko nb nl pl pt ru sv tr uk zh-Hans zh-Hant'.split(' ');

describe.each(platforms)('The language of the page on %s', (_, createApp) => {
  describe('is chosen by Accept-Language', () => {
    let url = '';
    beforeAll(async () => {
      const created = await createApp({ controllers: [PageController] });
      await created.get(MaintenanceService).enable({ endsAt: '2999-11-21T03:30:00Z' });
      ({ url } = created);
    });
    afterAll(closeApps);

    it.each<[header: string | undefined, language: string]>([
      [undefined, 'en'],
      ['', 'en'],
      ['de', 'de'],
      ['DE', 'de'],
      ['de-CH', 'de'],
      ['de-CH-1996', 'de'],
      ['xx', 'en'],
      ['xx, fr', 'fr'],
      ['en-US,en;q=0.9,de;q=0.8', 'en'],
      ['de;q=0.5, fr;q=0.8', 'fr'],
      ['de;q=0.8, fr;q=0.8', 'de'],
      ['xx;q=1, de;q=0.1', 'de'],
      ['*', 'en'],
      ['fr;q=0.5, *', 'en'],
      ['xx, *;q=0.1', 'en'],
      ['en;q=0, *', 'ar'],
      ['en;q=0', 'en'],
      ['de-AT, de;q=0, fr;q=0.1', 'fr'],
      ['de;q=2, fr;q=0.1', 'fr'],
      ['de;q=x, fr;q=0.1', 'fr'],
      ['zh', 'zh-Hans'],
      ['zh-CN', 'zh-Hans'],
      ['zh-Hans-SG', 'zh-Hans'],
      ['zh-TW', 'zh-Hant'],
      ['zh-Hant-HK', 'zh-Hant'],
      ['zh-HK', 'zh-Hant'],
      ['no', 'nb'],
      ['nn-NO', 'nb'],
      ['iw', 'he'],
      ['pt-BR', 'pt'],
      ['de-x-private', 'de'],
      ['i-klingon, tr', 'tr'],
      ['__proto__, constructor, ja', 'ja'],
      [`${'de-'.repeat(3000)}de, ja`, 'ja'],
    ])('%s gives %s', async (header, language) => {
      const asked = request(url).get('/page').set(HTML);
      const { text, headers } = await (header === undefined ? asked : asked.set('Accept-Language', header));
      expect(headers['content-language']).toBe(language);
      expect(text).toContain(`<html lang="${language}"`);
      expect(headers['vary']).toBe('Accept, Accept-Language');
    });

    it.each(LANGUAGES)('%s has all its texts, with the date', async (language) => {
      const { text } = await request(url).get('/page').set(HTML).set('Accept-Language', language).expect(503);
      expect(text).toContain(
        `<html lang="${language}"${['ar', 'he'].includes(language) ? ' dir="rtl"' : ''}>`,
      );
      expect(text).toMatch(/<time datetime="2999-11-21T03:30:00\.000Z">.*UTC<\/time>/);
      const shown = text.replaceAll(/<(script|style)[^]*?<\/\1>/g, '');
      expect(shown).not.toMatch(/\{(?:time|product)\}|undefined|null/);
      if (language !== 'en') expect(text).not.toContain('maintenance</h1>');
    });

    it('is the same for GET and HEAD, and says that a POST was not saved', async () => {
      const german = { ...HTML, 'Accept-Language': 'de' };
      const { text, headers } = await request(url).get('/page').set(german).expect(503);
      const head = await request(url).head('/page').set(german).expect(503);
      expect(head.headers).toMatchObject({
        'content-language': 'de',
        'content-length': headers['content-length'],
      });
      expect(text).not.toContain('nicht gespeichert');
      const posted = await request(url).post('/page').set(german).expect(503);
      expect(posted.text).toContain('Ihre Änderung wurde nicht gespeichert.');
      expect(posted.text).not.toContain('lädt von selbst neu');
    });

    it('does not matter for JSON', async () => {
      const { headers } = await request(url).get('/page').set('Accept-Language', 'de').expect(503);
      expect(headers['vary']).toBe('Accept');
      expect(headers).not.toHaveProperty('content-language');
    });
  });

  describe('with response.page.messages', () => {
    afterEach(closeApps);

    it.each([
      ['replaces texts, and keeps the others', 'de', 'de', 'Kurze Pause', 'Wir arbeiten an diesem Dienst'],
      ['gives them to a more special language', 'de-AT', 'de-AT', 'Kurze Rast', 'Wir arbeiten an diesem'],
      ['leaves other regions as they are', 'de-CH', 'de', 'Kurze Pause', 'Wir arbeiten an diesem Dienst'],
      [
        'adds a language, with English for the rest',
        'fa',
        'fa',
        'در دست تعمیر',
        'We are working on this service',
      ],
      ['leaves the default as it is', 'sw', 'en', 'Closed for a moment', 'We are working on this service'],
    ])('%s', async (__, accepted, language, heading, body) => {
      const messages = {
        'de-at': { heading: 'Kurze Rast' },
        de: { heading: 'Kurze Pause' },
        fa: { heading: 'در دست تعمیر' },
        en: { heading: 'Closed for a moment' },
      };
      const options = { response: { page: { messages } } };
      const { url, get } = await createApp({ controllers: [PageController], options });
      await get(MaintenanceService).enable();
      const { text, headers } = await request(url).get('/page').set(HTML).set('Accept-Language', accepted);
      expect(headers['content-language']).toBe(language);
      expect(text).toContain(`<h1>${heading}</h1>`);
      expect(text).toContain(`<p>${body}`);
      expect(text.includes(' dir="rtl">')).toBe(language === 'fa');
    });
  });
});
