import { createRequire } from 'node:module';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Delete, Get, HttpCode, type INestApplication, Post, Put } from '@nestjs/common';
import { MaintenanceOff, MaintenanceScope, MaintenanceService } from '../../lib/index.js';
import { wrappers } from '../support/middleware.js';
import { closeApps, platforms } from '../support/platforms.js';
import { rawRequest } from '../support/raw-request.js';
import { expectBlocked } from './blocked.js';

afterEach(closeApps);

interface Request {
  method: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
}
interface Response {
  end(body: string): unknown;
}
type Middleware = (request: Request, response: Response, next: () => void) => void;

const load = createRequire(import.meta.url);
const override = (load('method-override') as (name: string, options: object) => Middleware)('X-Method', {
  methods: null,
});
const overrideInLowerCase: Middleware = (request, _, next) => {
  request.method = (request.headers['x-method'] ?? request.method).toLowerCase();
  next();
};
const overrideLater: Middleware = (request, _, next) => {
  setImmediate(() => {
    request.method = request.headers['x-method'] ?? request.method;
    next();
  });
};

/** What must not happen. */
let changes: string[] = [];
afterEach(() => {
  changes = [];
});

@Controller('items')
class ItemsController {
  @Get()
  read(): string {
    return 'read';
  }

  @Delete()
  remove(): string {
    changes.push('handler');
    return 'removed';
  }
}

@Controller('bills')
@MaintenanceScope('billing')
class BillsController {
  @Get()
  read(): string {
    return 'read';
  }

  @Post()
  pay(): void {
    changes.push('handler');
  }

  @Delete(['', 'all'])
  remove(): void {
    changes.push('handler');
  }
}

@Controller('page')
class PageController {
  @Get()
  @MaintenanceOff()
  page(): string {
    return 'page';
  }
}

@Controller('form')
class FormController {
  @Post()
  @HttpCode(200)
  @MaintenanceOff()
  post(): string {
    return 'post';
  }

  @Put()
  @MaintenanceOff()
  put(): string {
    return 'put';
  }
}

/** A route, and middleware, that Nest knows nothing of. */
function addChangers(app: INestApplication): void {
  const instance = app.getHttpAdapter().getInstance() as {
    delete(path: string, handler: (request: object, response: { send(body: string): void }) => void): void;
  };
  for (const path of ['/raw', '/page']) {
    instance.delete(path, (_, response) => {
      changes.push('raw route');
      response.send('removed');
    });
  }
  app.use('/mounted', (request: Request, response: Response, next: () => void) => {
    if (!/^delete$/i.test(request.method)) return next();
    changes.push('middleware');
    return response.end('removed');
  });
}

describe.each(platforms)('Middleware on %s that turns GET into DELETE', (platform, createApp) => {
  const overrides: [string, Middleware][] = [
    ['method-override', override],
    ['in lower case', overrideInLowerCase],
    ['later', overrideLater],
  ];

  describe.each(overrides)('(%s)', (_, middleware) => {
    it.each([
      ['before the module', 'read-only'],
      ['after the module', 'read-only'],
      ['before the module', 'full'],
      ['after the module', 'full'],
    ] as const)('runs nothing that stands %s, in mode %s', async (when, mode) => {
      const { port, get } = await createApp({
        controllers: [ItemsController, PageController],
        configure: async (app) => {
          app.use(middleware);
          if (when === 'after the module') await app.init();
          // Fastify takes no routes after it has booted.
          if (platform === 'express' || when === 'before the module') addChangers(app);
        },
      });
      await get(MaintenanceService).enable({ mode });
      for (const path of ['/raw', '/mounted', '/items']) {
        const answer = await rawRequest(port, path, { 'X-Method': 'DELETE' });
        expect(answer.status).toBe(503);
      }
      await rawRequest(port, '/page', { 'X-Method': 'DELETE' });
      expect(changes).toEqual([]);
    });
  });

  it.each(wrappers)('gives a complete 503 behind %s', async (_, make) => {
    const { port, get } = await createApp({
      controllers: [ItemsController],
      configure: (app) => {
        app.enableCors();
        app.use(make());
        app.use(override);
        addChangers(app);
      },
    });
    await get(MaintenanceService).enable({ mode: 'read-only' });
    for (const path of ['/raw', '/items']) {
      const answer = await rawRequest(port, path, { 'X-Method': 'DELETE', 'Accept-Encoding': 'gzip' });
      expect(answer.status).toBe(503);
      expect(answer.headers['maintenance-mode']).toBe('read-only');
      expect(JSON.parse(answer.body)).toMatchObject({ status: 503, mode: 'read-only' });
    }
    expect(changes).toEqual([]);
  });

  it('lets a request read that stays a reading one', async () => {
    const { port, get } = await createApp({
      controllers: [ItemsController],
      configure: (app) => void app.use(override),
    });
    await get(MaintenanceService).enable({ mode: 'read-only' });
    for (const headers of [{}, { 'X-Method': 'GET' }, { 'X-Method': 'HEAD' }]) {
      expect((await rawRequest(port, '/items', headers)).status).toBe(200);
    }
  });

  it('does not make a reading request of one that was sent to change something', async () => {
    const { port, get } = await createApp({
      controllers: [ItemsController],
      configure: (app) => void app.use(override),
    });
    await get(MaintenanceService).enable({ mode: 'read-only' });
    expectBlockedReading(await rawRequest(port, '/items', { 'X-Method': 'GET' }, 'DELETE'));
  });

  it.each([
    ['of a scope', { scope: 'billing' }, {}],
    ['of the application, where only guards know the user', {}, { ignore: { staff: true } }],
  ] as const)(
    'runs no writing handler for a request that now looks like a reading one, in the maintenance %s',
    async (_, scope, options) => {
      const { port, get } = await createApp({
        options,
        controllers: [BillsController],
        configure: (app) => void app.use(override),
      });
      await get(MaintenanceService).enable({ mode: 'read-only', ...scope });
      expect((await rawRequest(port, '/bills', {})).status).toBe(200);
      for (const method of ['POST', 'DELETE']) {
        await rawRequest(port, '/bills', { 'X-Method': 'GET' }, method);
        await rawRequest(port, '/bills/all', { 'X-Method': 'GET' }, method);
      }
      expect(changes).toEqual([]);
    },
  );

  it('stays open for exempt clients', async () => {
    const { port, get } = await createApp({
      options: { ignore: { ipAddresses: ['127.0.0.1'] } },
      controllers: [ItemsController],
      configure: (app) => {
        app.use(override);
        addChangers(app);
      },
    });
    await get(MaintenanceService).enable({ mode: 'read-only' });
    const { body } = await rawRequest(port, '/raw', { 'X-Method': 'DELETE' });
    // On Fastify the method has no effect once the request has been routed.
    if (platform === 'express') expect(body).toBe('removed');
    else expect(changes).toEqual([]);
  });

  it('is passed on from one open handler to another', async () => {
    const { port, get } = await createApp({
      controllers: [FormController],
      configure: (app) => void app.use(override),
    });
    await get(MaintenanceService).enable();
    const { status, body } = await rawRequest(port, '/form', { 'X-Method': 'PUT' }, 'POST');
    expect({ status, body }).toEqual({ status: 200, body: platform === 'express' ? 'put' : 'post' });
    expectBlocked(await rawRequest(port, '/raw', { 'X-Method': 'PUT' }, 'POST'));
  });
});

function expectBlockedReading({ status, headers }: Awaited<ReturnType<typeof rawRequest>>): void {
  expect({ status, mode: headers['maintenance-mode'] }).toEqual({ status: 503, mode: 'read-only' });
}
