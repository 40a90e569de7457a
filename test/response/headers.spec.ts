import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type MiddlewareConsumer, Module, type NestModule, type Type } from '@nestjs/common';
import request from 'supertest';
import { MaintenanceService } from '../../lib/index.js';
import { HTML, PageController, ShopController } from '../support/pages.js';
import { closeApps, platforms } from '../support/platforms.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const inADay = (): string => new Date(Date.now() + DAY_MS).toISOString();

/** The application's own middleware, which has set `Vary` before anything is decided. */
function varying(vary: string): Type {
  const setsVary = (__: unknown, response: ServerResponse, next: () => void): void => {
    response.setHeader('Vary', vary);
    next();
  };
  @Module({})
  class VaryingModule implements NestModule {
    configure(consumer: MiddlewareConsumer): void {
      consumer.apply(setsVary).forRoutes(ShopController);
    }
  }
  return VaryingModule;
}

afterEach(closeApps);

describe.each(platforms)('The maintenance response on %s', (_, createApp) => {
  const controllers = [PageController];

  it.each([
    ['HTML', HTML.Accept, 'text/html; charset=utf-8', 'Accept, Accept-Language'],
    ['problem details', '*/*', 'application/problem+json; charset=utf-8', 'Accept'],
    ['JSON', 'application/json', 'application/json; charset=utf-8', 'Accept'],
  ])('as %s has all headers and the exact Content-Length', async (__, accept, type, vary) => {
    const { url, get } = await createApp({ controllers });
    // Characters of one to four bytes.
    await get(MaintenanceService).enable({ reason: 'Wartung – 維護 🔧 ß' });
    const response = await request(url).get('/page').set('Accept', accept).expect(503);
    expect(response.headers).toMatchObject({
      'content-type': type,
      'content-length': String(Buffer.byteLength(response.text)),
      'retry-after': '3600',
      'cache-control': 'no-store',
      vary,
      'x-content-type-options': 'nosniff',
      'maintenance-mode': 'active',
    });
    expect(response.headers).not.toHaveProperty('etag');
    expect(response.headers).not.toHaveProperty('location');
  });

  it.each([HTML.Accept, '*/*'])(
    'of HEAD with Accept %s is the headers of GET, without a body',
    async (accept) => {
      const { url, get } = await createApp({ controllers });
      await get(MaintenanceService).enable({ reason: 'Why' });
      const full = await request(url).get('/page').set('Accept', accept).expect(503);
      const head = await request(url).head('/page').set('Accept', accept).expect(503);
      const { date: __, ...headers } = full.headers as Record<string, string>;
      expect(head.headers).toMatchObject(headers);
      expect(Number(head.headers['content-length'])).toBeGreaterThan(100);
      expect(head.text ?? '').toBe('');
    },
  );

  it('has status 503 for a conditional request, too', async () => {
    const { url, get } = await createApp({ controllers });
    await get(MaintenanceService).enable();
    await request(url).get('/page').set('If-None-Match', '*').expect(503);
    await request(url).get('/page').set('If-Modified-Since', new Date().toUTCString()).expect(503);
    await request(url).get('/page').set('Range', 'bytes=0-1').expect(503);
  });

  it('leaves no headers on responses after maintenance', async () => {
    const { url, get } = await createApp({ controllers });
    await get(MaintenanceService).enable();
    await request(url).get('/page').expect(503);
    await get(MaintenanceService).disable();
    const response = await request(url).get('/page').expect(200, 'the page');
    expect(response.headers).not.toHaveProperty('maintenance-mode');
    expect(response.headers).not.toHaveProperty('retry-after');
  });

  describe('Retry-After', () => {
    it.each<[string, { retryAfterSeconds?: number | false }, boolean, RegExp | undefined]>([
      ['is an hour where there is no end', {}, false, /^3600$/],
      ['is what the options say', { retryAfterSeconds: 120 }, false, /^120$/],
      ['may be zero', { retryAfterSeconds: 0 }, false, /^0$/],
      ['is the time until the end', { retryAfterSeconds: 120 }, true, /^(86400|863\d\d)$/],
      ['is never sent with false', { retryAfterSeconds: false }, false, undefined],
      ['is never sent with false, not even with an end', { retryAfterSeconds: false }, true, undefined],
    ])('%s', async (__, response, hasEnd, expected) => {
      const { url, get } = await createApp({ controllers, options: { response } });
      await get(MaintenanceService).enable(hasEnd ? { endsAt: inADay() } : {});
      const { headers, body } = await request(url).get('/page').expect(503);
      if (expected === undefined) expect(headers).not.toHaveProperty('retry-after');
      else expect(headers['retry-after']).toMatch(expected);
      const { retryAfter } = body as { retryAfter: number | null };
      expect(retryAfter === null ? undefined : String(retryAfter)).toBe(headers['retry-after']);
    });
  });

  it('has the status code of the options, in the body as well', async () => {
    const { url, get } = await createApp({ controllers, options: { response: { statusCode: 418 } } });
    await get(MaintenanceService).enable();
    const response = await request(url).get('/page').expect(418);
    expect(response.body).toMatchObject({ status: 418, statusCode: 418, title: "I'm a Teapot" });
    await request(url).get('/page').set(HTML).expect(418);
  });

  it('has the headers of response.headers in every format', async () => {
    const headers = { 'X-Status-Page': 'https://status.example', 'content-language': 'en-GB' };
    const { url, get } = await createApp({ controllers, options: { response: { headers } } });
    await get(MaintenanceService).enable();
    for (const accept of [HTML.Accept, '*/*']) {
      const response = await request(url).get('/page').set('Accept', accept).expect(503);
      expect(response.headers).toMatchObject(lowerCased(headers));
    }
  });

  it.each([
    ['Accept-Encoding', 'Accept-Encoding, Accept'],
    ['Origin, accept', 'Origin, accept'],
    ['X-Accept-Me', 'X-Accept-Me, Accept'],
    ['*', '*'],
  ])('adds to the Vary of the application: %s becomes %s', async (before, after) => {
    const imports = [varying(before)];
    const { url, get } = await createApp({ controllers: [ShopController], imports });
    await get(MaintenanceService).enable({ scope: 'shop' });
    const response = await request(url).get('/page').expect(503);
    expect(response.headers['vary']).toBe(after);
  });
});

const lowerCased = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
