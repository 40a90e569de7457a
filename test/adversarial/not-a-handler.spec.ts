import { afterEach, describe, expect, it } from '@jest/globals';
import { type MiddlewareConsumer, Module, type NestModule } from '@nestjs/common';
import { MaintenanceService } from '../../lib/index.js';
import { closeApps } from '../support/platforms.js';
import { rawRequest } from '../support/raw-request.js';
import { HTML } from '../support/pages.js';
import { expectBlocked } from './blocked.js';
import { everywhere } from './layouts.js';
import { addRawRoute, answering } from './raw-parts.js';
import { ClosedController, OffController } from './routes.js';

@Module({})
class MiddlewareModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(answering(200, 'consumer')).forRoutes('consumer');
  }
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

afterEach(closeApps);

describe.each(everywhere)('What no guard ever sees, on %s,', (_, { platform, base, createApp }) => {
  const create = () =>
    createApp({
      imports: [MiddlewareModule],
      controllers: [OffController, ClosedController],
      configure: async (app) => {
        app.use('/used', answering(200, 'used'));
        addRawRoute(app, '/raw/early', 'early');
        await app.init();
        addRawRoute(app, '/raw/late', 'late');
      },
    });

  // On Express, Nest's own 404 stands before it, where no prefix holds that back.
  const isLateReached = platform === 'fastify' || base.startsWith('/api');

  it.each<[what: string, path: string, status: number, body: string | RegExp]>([
    ['a URL without a route', '/nowhere', 404, /./],
    ['the root', '/', 404, /./],
    ['a URL beneath a route', `${base}/closed/nowhere`, 404, /./],
    ['a URL beneath an @MaintenanceOff route', `${base}/off/nowhere`, 404, /./],
    ['middleware of app.use()', '/used', 200, 'used'],
    ['a path beneath middleware of app.use()', '/used/off', 200, 'used'],
    ['middleware of a module', `${base}/consumer`, 200, 'consumer'],
    ['a raw route from before the start', '/raw/early', 200, 'early'],
    [
      'a raw route from after the start',
      '/raw/late',
      isLateReached ? 200 : 404,
      isLateReached ? 'late' : /./,
    ],
  ])('is blocked: %s', async (__, path, status, body) => {
    const { port, get } = await create();
    // A module's middleware stands at the prefix, but not under a version.
    const target = path.endsWith('/consumer') ? path.replace('/v1', '') : path;
    const before = await rawRequest(port, target);
    expect(before).toMatchObject({
      status,
      body: typeof body === 'string' ? body : expect.stringMatching(body),
    });
    await get(MaintenanceService).enable();
    expectBlocked(await rawRequest(port, target));
    expectBlocked(await rawRequest(port, target, HTML));
    await get(MaintenanceService).disable();
    expect(await rawRequest(port, target)).toMatchObject({ status: before.status, body: before.body });
  });

  it('is blocked: every method that the route does not know', async () => {
    const { port, get } = await create();
    const known = ['GET', 'HEAD', 'POST'];
    const others = METHODS.filter((method) => !known.includes(method));
    for (const method of others.filter((name) => name !== 'OPTIONS')) {
      expect(await rawRequest(port, `${base}/closed`, {}, method)).toMatchObject({ status: 404 });
    }
    await get(MaintenanceService).enable();
    for (const path of [`${base}/closed`, '/nowhere', '/raw/early']) {
      for (const method of METHODS) expectBlocked(await rawRequest(port, path, {}, method));
    }
    expect(await rawRequest(port, `${base}/off`)).toMatchObject({ status: 200, body: 'off' });
  });

  it('is blocked if there is no route at all', async () => {
    const { port, get } = await createApp();
    await get(MaintenanceService).enable();
    expectBlocked(await rawRequest(port, '/'));
    expectBlocked(await rawRequest(port, `${base}/anything`));
  });

  it('is left alone in maintenance of a scope alone', async () => {
    const { port, get } = await create();
    await get(MaintenanceService).enable({ scope: 'billing' });
    expect(await rawRequest(port, '/nowhere')).toMatchObject({ status: 404 });
    expect(await rawRequest(port, '/raw/early')).toMatchObject({ status: 200, body: 'early' });
    expect(await rawRequest(port, '/used')).toMatchObject({ status: 200, body: 'used' });
  });

  it('may be read in read-only mode, and not be written', async () => {
    const { port, get } = await create();
    await get(MaintenanceService).enable({ mode: 'read-only' });
    expect(await rawRequest(port, '/raw/early')).toMatchObject({ status: 200, body: 'early' });
    expect(await rawRequest(port, '/nowhere')).toMatchObject({ status: 404 });
    for (const path of ['/used', '/nowhere']) {
      const { status, headers } = await rawRequest(port, path, {}, 'POST');
      expect({ status, mode: headers['maintenance-mode'] }).toEqual({ status: 503, mode: 'read-only' });
    }
  });
});
