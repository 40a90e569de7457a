import { EventEmitter, once } from 'node:events';
import { Controller, Get, type INestApplication, UseGuards } from '@nestjs/common';
import { ApplicationConfig } from '@nestjs/core';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import request from 'supertest';
import { MaintenanceOff, MaintenanceService } from '../../lib/index.js';
import { KeptLogs } from '../support/logs.js';
import { PageController } from '../support/pages.js';
import { closeApps, type CreateApp, platforms } from '../support/platforms.js';

@MaintenanceOff()
@Controller('health')
class HealthController {
  @Get()
  check(): string {
    return 'healthy';
  }
}

const controllers = [PageController, HealthController];
const [[, onExpress], [, onFastify]] = platforms as [[string, CreateApp], [string, CreateApp]];

interface Missing {
  readonly name: string;
  /** A part of the warning. */
  readonly told: string;
  readonly takeAway: (app: INestApplication) => void;
}

type Handler = (...args: never[]) => unknown;

interface Router {
  handle: Handler | undefined;
  readonly stack: object[];
}

interface ExpressInstance extends Record<string, unknown> {
  readonly router: Router;
}

function expressOf(app: INestApplication): ExpressInstance {
  return app.getHttpAdapter().getInstance() as ExpressInstance;
}

/** Makes the application show a router, and everything in it, without the member. */
function hide(app: INestApplication, member: string): void {
  const instance = expressOf(app);
  const { router } = instance;
  const views = new Map<object, object>();
  const viewOf = (target: object): object => {
    let view = views.get(target);
    if (!view) {
      view = new Proxy(target, {
        get(_, key): unknown {
          if (key === member) return undefined;
          const value: unknown = Reflect.get(target, key);
          if (target === router && typeof value === 'function') return value.bind(target) as unknown;
          return typeof value === 'object' && value !== null && !(value instanceof RegExp)
            ? viewOf(value)
            : value;
        },
      });
      views.set(target, view);
    }
    return view;
  };
  Object.defineProperty(instance, 'router', { configurable: true, get: () => viewOf(router) });
}

/** What an upgrade of Express or Nest may take away. */
const ON_EXPRESS: Missing[] = [
  { name: 'the layers of the router', told: 'router.stack', takeAway: (app) => hide(app, 'stack') },
  {
    name: "a route's own answer",
    told: 'route._handlesMethod()',
    takeAway: (app) => hide(app, '_handlesMethod'),
  },
  {
    name: "a layer's own answer",
    told: 'route._handlesMethod()',
    takeAway: (app) => hide(app, 'match'),
  },
  {
    name: 'the function of the router',
    told: 'router.handle()',
    takeAway(app) {
      const instance = expressOf(app);
      const { router } = instance;
      const handle = router.handle?.bind(router);
      router.handle = undefined;
      // Express itself knows the new name.
      const knowing = Object.create(instance, { router: { value: { handle } } }) as object;
      const application = instance['handle'] as (...args: unknown[]) => void;
      instance['handle'] = (...args: unknown[]) => application.apply(knowing, args);
    },
  },
  {
    name: 'metadata on the functions that Nest registers',
    told: 'metadata of handlers',
    takeAway(app) {
      const instance = expressOf(app);
      for (const method of ['get', 'post', 'all']) {
        const register = (instance[method] as Handler).bind(instance) as (...args: unknown[]) => unknown;
        instance[method] = (path: unknown, ...handlers: ((...args: unknown[]) => unknown)[]) =>
          register(
            path,
            ...handlers.map(
              (handler) =>
                (...args: unknown[]) =>
                  handler(...args),
            ),
          );
      }
    },
  },
];

const ON_FASTIFY: Missing[] = [
  {
    name: 'the lists of hooks',
    told: 'list of onRequest hooks',
    takeAway() {
      const symbolsOf = Object.getOwnPropertySymbols;
      jest
        .spyOn(Object, 'getOwnPropertySymbols')
        .mockImplementation((target: object) =>
          symbolsOf(target).filter(({ description }) => description !== 'fastify.hooks'),
        );
    },
  },
  {
    name: 'the config and metadata of routes',
    told: 'config of routes',
    takeAway(app) {
      const instance = app.getHttpAdapter().getInstance() as {
        route: (options: { handler: (...args: unknown[]) => unknown; config?: unknown }) => unknown;
      };
      const route = instance.route.bind(instance);
      instance.route = (options) =>
        route({ ...options, config: undefined, handler: (...args) => options.handler(...args) });
    },
  },
];

const cases: [adapter: string, createApp: CreateApp, missing: Missing][] = [
  ...ON_EXPRESS.map((missing): [string, CreateApp, Missing] => ['Express', onExpress, missing]),
  ...ON_FASTIFY.map((missing): [string, CreateApp, Missing] => ['Fastify', onFastify, missing]),
];

afterEach(async () => {
  jest.restoreAllMocks();
  await closeApps();
});

describe.each(cases.map((row) => [row[0], row[2].name, row] as const))(
  'An application on %s without %s',
  (_, __, [, createApp, missing]) => {
    const logger = new KeptLogs();

    const boot = async (): ReturnType<CreateApp> => {
      logger.lines.length = 0;
      return createApp({
        controllers,
        logger,
        configure(app) {
          missing.takeAway(app);
          app.use('/files', (_request: unknown, response: { end: (body: string) => void }) =>
            response.end('a file'),
          );
        },
      });
    };

    it('boots with one warning that names what is missing', async () => {
      await boot();
      expect(logger.lines).toEqual([expect.stringContaining(missing.told)]);
    });

    it('continues as before while maintenance is off', async () => {
      const { url } = await boot();
      await request(url).get('/page').expect(200, 'the page');
      await request(url).get('/health').expect(200, 'healthy');
      await request(url).get('/nowhere').expect(404);
    });

    it('answers an @MaintenanceOff() handler during maintenance, and blocks everything else', async () => {
      const { url, get } = await boot();
      await get(MaintenanceService).enable();
      await request(url).get('/health').expect(200, 'healthy');
      for (const path of ['/page', '/nowhere', '/files'])
        expect([path, (await request(url).get(path)).status]).toEqual([path, 503]);
      // What the router cannot read may be the framework's own 400.
      expect([400, 503]).toContain((await request(url).get('/page/%zz')).status);
      await request(url).post('/page').send({ change: true }).expect(503);
      await get(MaintenanceService).disable();
      await request(url).get('/page').expect(200, 'the page');
    });
  },
);

describe.each(platforms)('A list of global interceptors that is a copy, on %s', (_, createApp) => {
  class Login {
    canActivate(): boolean {
      return true;
    }
  }

  @UseGuards(Login)
  class GuardedController extends PageController {}
  Controller('page')(GuardedController);

  it('leads to one warning, and no handler runs that it would have blocked', async () => {
    const logger = new KeptLogs();
    const { url, get } = await createApp({
      controllers: [GuardedController, HealthController],
      logger,
      options: { ignore: { staff: true } },
      configure(app) {
        const config = app.get(ApplicationConfig, { strict: false });
        const list = config.getGlobalInterceptors.bind(config);
        config.getGlobalInterceptors = () => [...list()];
      },
    });
    expect(logger.lines).toEqual([expect.stringContaining('list of global interceptors')]);
    await get(MaintenanceService).enable();
    await request(url).get('/page').expect(503);
    await request(url).get('/health').expect(200, 'healthy');
  });
});

describe('An application on Express without its list of view engines', () => {
  it('answers, and blocks during maintenance', async () => {
    const { url, get } = await onExpress({
      controllers,
      configure(app) {
        expressOf(app)['engines'] = undefined;
      },
    });
    await request(url).get('/page').expect(200, 'the page');
    await get(MaintenanceService).enable();
    await request(url).get('/page').expect(503);
    await request(url).get('/health').expect(200, 'healthy');
  });
});

describe("An application on Fastify without Fastify's class of replies", () => {
  it('still waits for a handler that is in flight, and for no other', async () => {
    const symbolsOf = Object.getOwnPropertySymbols;
    const events = new EventEmitter();
    @Controller('slow')
    class SlowController {
      @Get()
      async wait(): Promise<string> {
        events.emit('begun');
        await once(events, 'finish');
        return 'done';
      }
    }
    const { url, get } = await onFastify({
      controllers: [...controllers, SlowController],
      configure() {
        jest
          .spyOn(Object, 'getOwnPropertySymbols')
          .mockImplementation((target: object) =>
            symbolsOf(target).filter(({ description }) => description !== 'fastify.Reply'),
          );
      },
    });
    const maintenance = get(MaintenanceService);
    await request(url).get('/page').expect(200);
    expect(await maintenance.drained({ timeoutMs: 0 })).toEqual({ drained: true, remaining: 0 });
    const begun = once(events, 'begun');
    const answer = fetch(`${url}/slow`);
    await begun;
    expect(await maintenance.drained({ timeoutMs: 0 })).toEqual({ drained: false, remaining: 1 });
    const drained = maintenance.drained();
    events.emit('finish');
    expect(await drained).toEqual({ drained: true, remaining: 0 });
    expect(await (await answer).text()).toBe('done');
  });
});
