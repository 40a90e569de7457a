import { createRequire } from 'node:module';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Delete, Get, HttpCode, type INestApplication, Post, Put } from '@nestjs/common';
import { MaintenanceSafe, MaintenanceService } from '../../lib/index.js';
import { closeApps, platforms } from '../support/platforms.js';
import { rawRequest } from '../support/raw-request.js';
import { answering } from './raw-parts.js';

afterEach(closeApps);

interface Request {
  method: string;
  url: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
}
type Middleware = (request: Request, response: object, next: () => void) => void;

const load = createRequire(import.meta.url);
const overrideMethod = (load('method-override') as (name: string, options: object) => Middleware)(
  'X-Method',
  { methods: null },
);
const overrideMethodLater: Middleware = (request, _, next) => {
  setImmediate(() => {
    request.method = request.headers['x-method'] ?? request.method;
    next();
  });
};
const rewriteUrl: Middleware = (request, _, next) => {
  request.url = request.headers['x-url'] ?? request.url;
  next();
};

/** What must not happen. */
let changes: string[] = [];
afterEach(() => {
  changes = [];
});

@Controller('items')
class ItemsController {
  @Post()
  @HttpCode(200)
  @MaintenanceSafe()
  search(): string {
    return 'found';
  }

  @Put()
  @MaintenanceSafe()
  compare(): string {
    return 'compared';
  }

  @Delete()
  remove(): string {
    changes.push('removed');
    return 'removed';
  }

  @Get('callback')
  @MaintenanceSafe(false)
  callback(): string {
    changes.push('signed in');
    return 'signed in';
  }

  @Post('order')
  order(): string {
    changes.push('ordered');
    return 'ordered';
  }
}

describe.each(platforms)('Read-only maintenance with @MaintenanceSafe on %s', (platform, createApp) => {
  async function start(configure: (app: INestApplication) => void = () => undefined) {
    const created = await createApp({ controllers: [ItemsController], configure });
    await created.get(MaintenanceService).enable({ mode: 'read-only' });
    return created;
  }

  describe.each<[string, Middleware]>([
    ['method-override', overrideMethod],
    ['an override that comes later', overrideMethodLater],
  ])('and %s', (_, middleware) => {
    it('runs nothing that is not safe by the method sent and by the one put in its place', async () => {
      const { port } = await start((app) => {
        app.use(middleware);
        app.use('/items', (request: Request, __: object, next: () => void) => {
          if (/^delete$/i.test(request.method)) changes.push('middleware');
          next();
        });
      });
      for (const [sent, changed] of [
        ['POST', 'DELETE'],
        ['POST', 'delete'],
        ['PUT', 'DELETE'],
        ['GET', 'DELETE'],
        ['DELETE', 'POST'],
        ['DELETE', 'GET'],
        ['PATCH', 'POST'],
      ] as const) {
        const { status } = await rawRequest(
          port,
          '/items',
          { 'X-Method': changed, 'Content-Length': '0' },
          sent,
        );
        expect({ sent, changed, status }).toEqual({ sent, changed, status: 503 });
      }
      expect(changes).toEqual([]);
    });

    it('is passed on from one safe handler to another', async () => {
      const { port } = await start((app) => void app.use(middleware));
      const headers = { 'X-Method': 'PUT', 'Content-Length': '0' };
      const { status, body } = await rawRequest(port, '/items', headers, 'POST');
      if (platform === 'express') expect({ status, body }).toEqual({ status: 200, body: 'compared' });
      // There the request has been routed, so the handler would be the one of POST.
      else expect(status).toBe(503);
    });
  });

  it('runs no handler that a rewritten URL reaches, unless it is safe', async () => {
    const { port } = await start((app) => void app.use(rewriteUrl));
    for (const [method, path, url] of [
      ['POST', '/items', '/items/order'],
      ['GET', '/items/nowhere', '/items/callback'],
      ['HEAD', '/items/nowhere', '/items/callback'],
    ] as const) {
      await rawRequest(port, path, { 'X-Url': url, 'Content-Length': '0' }, method);
    }
    expect(changes).toEqual([]);
  });

  it.each([
    '/items/callback/',
    '/items//callback',
    '/ITEMS/callback',
    '/items/%63allback',
    '/items/callback?a=b#c',
  ])('runs no handler that writes for GET %s', async (path) => {
    const { port } = await start();
    for (const method of ['GET', 'HEAD']) await rawRequest(port, path, {}, method);
    expect(changes).toEqual([]);
  });

  it('serves nothing else in the place of a safe handler', async () => {
    const { port } = await start((app) => {
      app.use('/items', answering(200, 'in its place'));
    });
    const answer = await rawRequest(port, '/items', { 'Content-Length': '0' }, 'POST');
    expect(answer.status).toBe(503);
    expect(answer.headers['maintenance-mode']).toBe('read-only');
  });
});
