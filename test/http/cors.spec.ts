import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller } from '@nestjs/common';
import cors from 'cors';
import request from 'supertest';
import { MaintenanceScope, MaintenanceService } from '../../lib/index.js';
import { HTML, PageController } from '../support/pages.js';
import { closeApps, platforms } from '../support/platforms.js';

const SHOP = 'https://shop.example';

@Controller('billing')
@MaintenanceScope('billing')
class BillingController extends PageController {}

afterEach(closeApps);

describe.each(platforms)('With CORS on %s', (_, createApp) => {
  it.each<[string, Parameters<Awaited<ReturnType<typeof createApp>>['app']['enableCors']>[0]]>([
    ['a list of origins', { origin: [SHOP, 'https://other.example'], credentials: true }],
    [
      'a function',
      {
        origin: (origin: string, callback: (error: Error | null, allowed: boolean) => void) =>
          callback(null, origin === SHOP),
        credentials: true,
      },
    ],
  ])('configured by %s, another origin can read the response', async (__, options) => {
    const { url, get } = await createApp({
      controllers: [PageController],
      configure: (app) => app.enableCors(options),
    });
    await get(MaintenanceService).enable();
    for (const accept of ['*/*', HTML.Accept]) {
      const response = await request(url).get('/page').set({ Origin: SHOP, Accept: accept }).expect(503);
      expect(response.headers).toMatchObject({
        'access-control-allow-origin': SHOP,
        'access-control-allow-credentials': 'true',
        'access-control-expose-headers': 'Maintenance-Mode, Retry-After',
        'maintenance-mode': 'active',
      });
      const fields = String(response.headers['vary']).split(/\s*,\s*/);
      expect(fields).toEqual(expect.arrayContaining(['Accept', 'Origin']));
    }
    const preflight = await request(url)
      .options('/page')
      .set({ Origin: SHOP, 'Access-Control-Request-Method': 'POST' })
      .expect(204);
    expect(preflight.headers['access-control-allow-origin']).toBe(SHOP);
  });

  it.each([
    [undefined, 'Maintenance-Mode, Retry-After'],
    [['X-Total'], 'X-Total, Maintenance-Mode, Retry-After'],
    [['X-Total', 'retry-after'], 'X-Total, retry-after, Maintenance-Mode'],
    ['*', '*, Maintenance-Mode, Retry-After'], // with credentials, `*` is the name of a header
  ])('the headers are exposed beside those of the application: %j', async (exposedHeaders, expected) => {
    const { url, get } = await createApp({
      controllers: [PageController, BillingController],
      configure: (app) =>
        app.enableCors({ origin: [SHOP], ...(exposedHeaders !== undefined && { exposedHeaders }) }),
    });
    await get(MaintenanceService).enable({ scope: 'billing' });
    // Blocked by the guard.
    const ofScope = await request(url).get('/billing').set('Origin', SHOP).expect(503);
    expect(ofScope.headers['access-control-expose-headers']).toBe(expected);
    await get(MaintenanceService).enable();
    for (const path of ['/page', '/nowhere']) {
      const { headers } = await request(url).get(path).set('Origin', SHOP).expect(503);
      expect(headers['access-control-expose-headers']).toBe(expected);
    }
    await get(MaintenanceService).disable({ scope: 'billing' });
    await get(MaintenanceService).disable();
    const { headers } = await request(url).get('/billing').set('Origin', SHOP).expect(200);
    expect(headers['access-control-expose-headers'] ?? '').not.toContain('Maintenance-Mode');
  });

  it('as middleware, its headers stay on a response of the guard', async () => {
    const { url, get } = await createApp({
      controllers: [BillingController],
      configure: (app) => void app.use(cors({ origin: [SHOP] })),
    });
    await get(MaintenanceService).enable({ scope: 'billing' });
    const { headers } = await request(url).get('/billing').set('Origin', SHOP).expect(503);
    expect(headers).toMatchObject({
      'access-control-allow-origin': SHOP,
      'access-control-expose-headers': 'Maintenance-Mode, Retry-After',
    });
    expect(String(headers['vary']).split(', ').toSorted()).toEqual(['Accept', 'Origin']);
  });

  it('nothing is exposed to requests of the same origin where CORS is off', async () => {
    const { url, get } = await createApp({ controllers: [PageController] });
    await get(MaintenanceService).enable();
    const { headers } = await request(url).get('/page').set('Origin', SHOP).expect(503);
    expect(headers).not.toHaveProperty('access-control-expose-headers');
  });

  it('an origin that is not allowed receives no CORS headers', async () => {
    const { url, get } = await createApp({
      controllers: [PageController],
      configure: (app) => app.enableCors({ origin: [SHOP] }),
    });
    await get(MaintenanceService).enable();
    const response = await request(url).get('/page').set('Origin', 'https://evil.example').expect(503);
    expect(response.headers).not.toHaveProperty('access-control-allow-origin');
  });
});

// Fastify takes no more plugins when it has started.
describe.each(platforms.filter(([name]) => name === 'express'))('With CORS on %s', (_, createApp) => {
  it('it can be enabled while the application runs', async () => {
    const { app, url, get } = await createApp({ controllers: [PageController] });
    await get(MaintenanceService).enable();
    const ask = async (): Promise<unknown> => {
      const { headers } = await request(url).get('/page').set('Origin', SHOP).expect(503);
      return (headers as Record<string, unknown>)['access-control-allow-origin'];
    };
    expect(await ask()).toBeUndefined();
    app.enableCors({ origin: [SHOP] });
    expect(await ask()).toBe(SHOP);
  });
});
