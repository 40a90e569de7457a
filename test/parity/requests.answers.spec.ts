import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import request from 'supertest';
import { MaintenanceService, type ResponseOptions } from '../../lib/index.js';
import { KeptLogs } from '../support/logs.js';
import { HTML, PageController } from '../support/pages.js';
import { type CreateApp, closeApps, platforms } from '../support/platforms.js';
import { makeDirectory, removeDirectories } from '../support/temporary-directory.js';

@Controller()
class OtherController {
  @Get('sorry')
  sorry(): string {
    return 'sorry';
  }

  @Get('api/items')
  items(): string {
    return 'items';
  }
}

async function blocked(createApp: CreateApp, response: ResponseOptions, logger?: KeptLogs) {
  const controllers = [PageController, OtherController];
  const app = await createApp({ controllers, options: { response }, ...(logger && { logger }) });
  await app.get(MaintenanceService).enable({ reason: 'Moving' });
  return app;
}

const byPath: NonNullable<ResponseOptions['type']> = (message) =>
  (message as { url: string }).url.startsWith('/api') ? 'json' : 'html';

const throwing = (): never => {
  throw new Error('no context');
};

afterEach(closeApps);
afterEach(removeDirectories);

describe.each(platforms)('Parity 22: redirectUrl on %s', (_, createApp) => {
  it.each(['/sorry', 'https://status.example/shop'])(
    '%s is where pages are sent, uncached, and JSON clients are not',
    async (redirectUrl) => {
      const { url } = await blocked(createApp, { redirectUrl });
      const { headers } = await request(url).get('/page').set(HTML).expect(302);
      expect(headers).toMatchObject({
        location: redirectUrl,
        'cache-control': 'no-store',
        'retry-after': '3600',
      });
      await request(url).get('/page').expect(503).expect('Content-Type', /json/);
    },
  );

  it('the target itself is served: there is no loop', async () => {
    const { url } = await blocked(createApp, { redirectUrl: '/sorry' });
    const { redirects } = await request(url).get('/page').set(HTML).redirects(5).expect(200, 'sorry');
    expect(redirects).toEqual([`${url}/sorry`]);
  });
});

describe.each(platforms)('Parity 23: context on %s', (_, createApp) => {
  it('reaches the template, and the JSON body', async () => {
    const template = join(await makeDirectory(), 'page.hbs');
    await writeFile(template, '<p>{{product}}: {{reason}}</p>');
    const { url } = await blocked(createApp, { template, context: () => ({ product: 'Tea & more' }) });
    await request(url).get('/page').set(HTML).expect(503, '<p>Tea &amp; more: Moving</p>');
    const { body } = await request(url).get('/page').expect(503);
    expect(body).toMatchObject({ product: 'Tea & more', reason: 'Moving' });
  });

  it('that throws is left out, and logged', async () => {
    const logger = new KeptLogs();
    const { url } = await blocked(createApp, { context: throwing }, logger);
    await request(url)
      .get('/page')
      .set(HTML)
      .expect(503, /Moving/);
    expect(logger.lines).toContainEqual(expect.stringContaining('no context'));
  });
});

describe.each(platforms)('Parity 24: the response type on %s', (_, createApp) => {
  it.each([
    ['html', '/page', /html/],
    ['json', '/page', /json/],
    [byPath, '/page', /html/],
    [byPath, '/api/items', /json/],
  ] as const)('%s answers %s with %s, whatever is asked for', async (type, path, expected) => {
    const { url } = await blocked(createApp, { type });
    const accept = expected.source === 'html' ? 'application/json' : 'text/html';
    await request(url).get(path).set('Accept', accept).expect(503).expect('Content-Type', expected);
  });

  it('a function that returns anything else is an error that names the option', async () => {
    const logger = new KeptLogs();
    const { url } = await blocked(createApp, { type: () => 'xml' as 'html' }, logger);
    await request(url).get('/page').expect(503);
    expect(logger.lines).toContainEqual(expect.stringMatching(/response\.type.*"html" or "json".*"xml"/));
  });
});

describe.each(platforms)('Parity 25: template, status code and Retry-After on %s', (_, createApp) => {
  it('are those of the options', async () => {
    const template = join(await makeDirectory(), 'page.hbs');
    await writeFile(template, '<h1>{{statusCode}} own page</h1>');
    const { url } = await blocked(createApp, { template, statusCode: 520, retryAfterSeconds: 120 });
    const page = await request(url).get('/page').set(HTML).expect(520, '<h1>520 own page</h1>');
    expect(page.headers).toMatchObject({ 'retry-after': '120' });
    const json = await request(url).get('/page').expect(520);
    expect(json.body).toMatchObject({ statusCode: 520 });
  });

  it.each([{}, { endsAt: new Date(Date.now() + 3_600_000) }])(
    'Retry-After is absent when false, with %j',
    async (window) => {
      const { url, get } = await blocked(createApp, { retryAfterSeconds: false });
      await get(MaintenanceService).enable(window);
      const { headers } = await request(url).get('/page').expect(503);
      expect(headers).not.toHaveProperty('retry-after');
    },
  );
});

describe.each(platforms)('Parity 26: caching on %s', (_, createApp) => {
  it('is forbidden on every answer', async () => {
    for (const response of [{}, { redirectUrl: '/sorry' }]) {
      const { url } = await blocked(createApp, response);
      for (const headers of [HTML, { Accept: 'application/json' }]) {
        for (const method of ['get', 'head', 'post'] as const) {
          const answer = await request(url)[method]('/page').set(headers).expect('Cache-Control', 'no-store');
          expect([302, 503]).toContain(answer.status);
          expect(answer.headers).not.toHaveProperty('etag');
        }
      }
    }
  });
});
