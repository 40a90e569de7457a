import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { MaintenanceService, type ResponseOptions } from '../../lib/index.js';
import { KeptLogs } from '../support/logs.js';
import { HTML, PageController } from '../support/pages.js';
import { closeApps, platforms } from '../support/platforms.js';

type Context = NonNullable<ResponseOptions['context']>;

const telling: Context = (message, { reason, state, by }) => {
  const { headers } = message as { headers: Record<string, string> };
  return { language: headers['accept-language'] ?? null, told: `${state}: ${reason} by ${by}` };
};

afterEach(closeApps);

describe.each(platforms)('response.context on %s', (_, createApp) => {
  const controllers = [PageController];
  let logger = new KeptLogs();
  beforeEach(() => void (logger = new KeptLogs()));

  it('is called with the request and the status for each blocked request', async () => {
    const { url, get } = await createApp({ controllers, options: { response: { context: telling } } });
    await get(MaintenanceService).enable({ reason: 'Why', by: 'ada' });
    for (const language of ['de', 'fr']) {
      const { body } = await request(url).get('/page').set('Accept-Language', language).expect(503);
      expect(body).toMatchObject({ language, told: 'active: Why by ada' });
    }
  });

  it('adds members to the JSON, and does not override its own', async () => {
    const added = { site: 'Shop', open: false, count: 3, nothing: null };
    const refused = { status: 200, type: 'mine', reason: 'mine', retryAfter: 1 };
    const context: Context = () => ({ ...added, ...refused });
    const { url, get } = await createApp({ controllers, options: { response: { context } } });
    await get(MaintenanceService).enable({ reason: 'Why' });
    const { body } = await request(url).get('/page').expect(503);
    expect(body).toMatchObject(added);
    expect(body).toMatchObject({ status: 503, type: 'about:blank', reason: 'Why', retryAfter: 3600 });
  });

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('no database');
      },
    ],
    [
      'throws what is no error',
      () => {
        // oxlint-disable-next-line no-throw-literal -- other people's code does
        throw 'rubbish';
      },
    ],
    ['returns nothing', () => undefined],
    ['returns null', () => null],
    ['returns text', () => 'rubbish'],
    ['returns a list', () => ['rubbish']],
    ['returns a promise', () => Promise.resolve({ a: 1 })],
    ['returns a promise that is broken', () => Promise.reject(new Error('no database'))],
    ['returns an object in an object', () => ({ rubbish: { a: 1 } })],
    ['returns a function', () => ({ rubbish: () => 1 })],
    ['returns a big integer', () => ({ rubbish: 1n })],
    ['returns a date', () => ({ rubbish: new Date(0) })],
  ])('that %s is left out of the response, and logged once', async (__, context) => {
    const { url, get } = await createApp({
      controllers,
      logger,
      options: { response: { context: context as Context } },
    });
    await get(MaintenanceService).enable({ reason: 'Why' });
    for (let count = 0; count < 5; count += 1) {
      const { body } = await request(url).get('/page').expect(503);
      expect(body).toMatchObject({ reason: 'Why', status: 503 });
      expect(body).not.toHaveProperty('rubbish');
      const page = await request(url).get('/page').set(HTML).expect(503);
      expect(page.text).toContain('Why');
    }
    expect(logger.lines).toHaveLength(1);
    expect(logger.lines[0]).toMatch(/^response\.context\b/);
  });
});
