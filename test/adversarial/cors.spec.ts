import { afterEach, describe, expect, it } from '@jest/globals';
import { MaintenanceService } from '../../lib/index.js';
import { HTML } from '../support/pages.js';
import { closeApps } from '../support/platforms.js';
import { rawRequest } from '../support/raw-request.js';
import { expectBlocked } from './blocked.js';
import { everywhere } from './layouts.js';
import { addRawRoute, answering } from './raw-parts.js';
import { ClosedController, OffController } from './routes.js';

const SHOP = 'https://shop.example';
const PREFLIGHT = {
  Origin: SHOP,
  'Access-Control-Request-Method': 'PUT',
  'Access-Control-Request-Headers': 'x-cart',
};

afterEach(closeApps);

describe.each(everywhere)('From another origin, on %s,', (_, { base, createApp }) => {
  async function start() {
    const created = await createApp({
      controllers: [OffController, ClosedController],
      configure: (app) => {
        app.enableCors({
          origin: [SHOP],
          credentials: true,
          exposedHeaders: ['X-Left'],
          methods: ['GET', 'PUT'],
        });
        app.use('/used', answering(200, 'used'));
        addRawRoute(app, '/raw', 'raw');
      },
    });
    await created.get(MaintenanceService).enable();
    return created;
  }
  const paths = [`${base}/closed`, '/nowhere', `${base}/off/nowhere`, '/used', '/raw'];

  it.each(paths)('the answer of %s can be read by the pages that may', async (path) => {
    const { port } = await start();
    for (const [headers, method] of [
      [{}, 'GET'],
      [HTML, 'GET'],
      [{}, 'DELETE'],
      [{ 'Content-Type': 'application/json', 'Content-Length': '0' }, 'POST'],
    ] as const) {
      const answer = await rawRequest(port, path, { ...headers, Origin: SHOP }, method);
      expectBlocked(answer);
      expect(answer.headers).toMatchObject({
        'access-control-allow-origin': SHOP,
        'access-control-allow-credentials': 'true',
        'access-control-expose-headers': 'X-Left, Maintenance-Mode, Retry-After',
        vary: expect.stringMatching(/\borigin\b/i),
      });
    }
  });

  it.each(paths)('the answer of %s cannot be read by others', async (path) => {
    const { port } = await start();
    for (const origin of ['https://evil.example', 'null', `${SHOP}.evil.example`]) {
      const answer = await rawRequest(port, path, { Origin: origin });
      expectBlocked(answer);
      expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
      expect(answer.headers['access-control-expose-headers'] ?? '').not.toContain('Maintenance-Mode');
    }
  });

  it.each(paths)('the preflight of %s is answered as ever', async (path) => {
    const { port, get } = await start();
    const during = await rawRequest(port, path, PREFLIGHT, 'OPTIONS');
    await get(MaintenanceService).disable();
    const after = await rawRequest(port, path, PREFLIGHT, 'OPTIONS');
    // Express need not have seen it to answer.
    const apart = { date: '', 'x-powered-by': '' };
    expect({ ...during, headers: { ...during.headers, ...apart } }).toEqual({
      ...after,
      headers: { ...after.headers, ...apart },
    });
    expect(during).toMatchObject({
      status: 204,
      headers: {
        'access-control-allow-origin': SHOP,
        'access-control-allow-methods': expect.stringContaining('PUT'),
      },
    });
  });

  it('an OPTIONS request that is no preflight is blocked if there is no CORS', async () => {
    const { port, get } = await createApp({ controllers: [OffController, ClosedController] });
    await get(MaintenanceService).enable();
    for (const headers of [{}, PREFLIGHT])
      expectBlocked(await rawRequest(port, paths[0] ?? '', headers, 'OPTIONS'));
  });
});
