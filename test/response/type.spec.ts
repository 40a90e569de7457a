import { afterEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { MaintenanceService, type ResponseOptions } from '../../lib/index.js';
import { KeptLogs } from '../support/logs.js';
import { HTML, PageController } from '../support/pages.js';
import { closeApps, platforms } from '../support/platforms.js';

type TypeFunction = Extract<ResponseOptions['type'], (...args: never[]) => unknown>;

const byAddress: TypeFunction = (message) =>
  (message as { url: string }).url.includes('api') ? 'json' : 'html';

afterEach(closeApps);

describe.each(platforms)('response.type on %s', (_, createApp) => {
  const controllers = [PageController];

  it.each([
    ['html', '*/*', /^text\/html/],
    ['html', 'application/json', /^text\/html/],
    ['json', HTML.Accept, /^application\/problem\+json/],
    ['json', 'text/html, application/json', /^application\/json/],
    ['auto', HTML.Accept, /^text\/html/],
  ] as const)('%s answers Accept: %s with %s', async (type, accept, expected) => {
    const { url, get } = await createApp({ controllers, options: { response: { type } } });
    await get(MaintenanceService).enable();
    await request(url).get('/page').set('Accept', accept).expect(503).expect('Content-Type', expected);
  });

  it('can be a function of the request', async () => {
    const { url, get } = await createApp({ controllers, options: { response: { type: byAddress } } });
    await get(MaintenanceService).enable();
    await request(url).get('/page?api').set(HTML).expect(503).expect('Content-Type', /json/);
    await request(url).get('/page').expect(503).expect('Content-Type', /html/);
  });

  it.each<[string, () => unknown]>([
    ['returns another word', () => 'xml'],
    ['returns nothing', () => undefined],
    ['returns a promise', () => Promise.resolve('html')],
    ['returns a broken promise', () => Promise.reject(new Error('no'))],
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
  ])('that %s falls back to Accept, and the log names the option once', async (__, type) => {
    const logger = new KeptLogs();
    const options = { response: { type: type as TypeFunction } };
    const { url, get } = await createApp({ controllers, logger, options });
    await get(MaintenanceService).enable();
    for (let count = 0; count < 3; count += 1) {
      await request(url).get('/page').set(HTML).expect(503).expect('Content-Type', /html/);
      await request(url)
        .get('/page')
        .expect(503)
        .expect('Content-Type', /problem\+json/);
    }
    expect(logger.lines).toHaveLength(1);
    expect(logger.lines[0]).toMatch(/^response\.type\b/);
  });
});
