import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type ArgumentsHost,
  type CallHandler,
  Catch,
  Controller,
  type ExecutionContext,
  Get,
  Injectable,
  Module,
  type NestInterceptor,
  ParseIntPipe,
  Query,
  Scope,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { APP_FILTER, APP_INTERCEPTOR, APP_PIPE, HttpAdapterHost } from '@nestjs/core';
import { catchError, type Observable, of, tap } from 'rxjs';
import request from 'supertest';
import {
  type MaintenanceModuleOptions,
  MaintenanceModule,
  MaintenanceService,
  MemoryStorage,
} from '../../lib/index.js';
import { type AppSettings, closeApps, platforms } from '../support/platforms.js';
import { NameGuard, SAM, UMA, userOf } from './names.js';

const effects: string[] = [];
const cache = new Map<string, unknown>();

/** Answers from its cache where it can, and turns every error into an answer. */
@Injectable()
class CachingInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    effects.push('interceptor');
    const { url } = context.switchToHttp().getRequest<{ url: string }>();
    const cached = cache.get(url);
    if (cached !== undefined) return of(cached);
    return next.handle().pipe(
      tap((answer) => cache.set(url, answer)),
      catchError(() => of('all is well')),
    );
  }
}

@Injectable({ scope: Scope.REQUEST })
class RequestScopedInterceptor extends CachingInterceptor {}

@UseGuards(NameGuard)
@Controller('numbers')
class NumbersController {
  @Get()
  square(@Query('of', ParseIntPipe) number: number): string {
    effects.push('handler');
    return `secret ${number * number}`;
  }
}

@UseInterceptors(CachingInterceptor)
@Controller('intercepted')
class InterceptedController extends NumbersController {}

@Catch()
@Injectable()
class CatchAll {
  constructor(private readonly host: HttpAdapterHost) {}

  catch(_: unknown, host: ArgumentsHost): void {
    this.host.httpAdapter.reply(host.switchToHttp().getResponse(), { caught: true }, 503);
  }
}

@UseFilters(CatchAll)
@Controller('filtered')
class FilteredController extends NumbersController {}

@Module({})
class FirstModule {}

const controllers = [NumbersController, InterceptedController, FilteredController];
const modes: [string, MaintenanceModuleOptions][] = [
  ['afterGuards', { ignore: { staff: true } }],
  ['user.get', { ignore: { staff: true }, user: { get: userOf } }],
];

const pipe = {
  provide: APP_PIPE,
  useValue: {
    transform: (value: unknown) => {
      effects.push('pipe');
      return value;
    },
  },
};

type Place = (options: MaintenanceModuleOptions) => AppSettings;

const places: [where: string, path: string, Place][] = [
  [
    'an APP_INTERCEPTOR of a module that is imported first',
    '/numbers',
    (options) => ({
      maintenance: null,
      imports: [
        { module: FirstModule, providers: [{ provide: APP_INTERCEPTOR, useClass: CachingInterceptor }] },
        MaintenanceModule.forRoot(options),
      ],
    }),
  ],
  [
    'app.useGlobalInterceptors',
    '/numbers',
    (options) => ({ options, configure: (app) => void app.useGlobalInterceptors(new CachingInterceptor()) }),
  ],
  [
    'a request-scoped APP_INTERCEPTOR',
    '/numbers',
    (options) => ({ options, providers: [{ provide: APP_INTERCEPTOR, useClass: RequestScopedInterceptor }] }),
  ],
  ['@UseInterceptors', '/intercepted', (options) => ({ options })],
];

afterEach(async () => {
  effects.length = 0;
  cache.clear();
  await closeApps();
});

describe.each(platforms)('A blocked request on %s', (_, createApp) => {
  describe.each(modes)('with %s', (__, options) => {
    it.each(places)(
      'is not answered from a cache or by another interceptor: %s',
      async (___, path, place) => {
        const settings = place({ storage: new MemoryStorage(), ...options });
        const { url, get } = await createApp({ ...settings, controllers });
        const ask = (number: number, who: Record<string, string>) =>
          request(url).get(`${path}?of=${number}`).set(who);
        await ask(7, UMA).expect(200, 'secret 49');
        await ask(7, SAM).expect(200, 'secret 49');
        expect(effects).toEqual(['interceptor', 'handler', 'interceptor']);

        await get(MaintenanceService).enable();
        effects.length = 0;
        for (const number of [7, 8]) {
          const { text } = await ask(number, UMA).expect(503).expect('Maintenance-Mode', 'active');
          expect(text).not.toMatch(/secret|all is well/);
        }
        expect(effects).toEqual([]);
        await ask(9, SAM).expect(200, 'secret 81');
        expect(effects).toEqual(['interceptor', 'handler']);

        await get(MaintenanceService).disable();
        await ask(8, UMA).expect(200, 'secret 64');
      },
    );

    it('runs neither pipes nor the handler', async () => {
      const { url } = await createApp({
        options: { enabled: true, ...options },
        controllers,
        providers: [pipe],
      });
      const ask = (number: string, who: Record<string, string>) =>
        request(url).get(`/numbers?of=${number}`).set(who);
      for (const number of ['7', 'seven']) await ask(number, UMA).expect(503);
      expect(effects).toEqual([]);
      await ask('seven', SAM).expect(400);
      await ask('7', SAM).expect(200);
      expect(effects).toEqual(['pipe', 'pipe', 'handler']);
    });
  });

  it.each<[string, string, AppSettings, RegExp]>([
    ['APP_FILTER', '/numbers', { providers: [{ provide: APP_FILTER, useClass: CatchAll }] }, /problem\+json/],
    [
      'app.useGlobalFilters',
      '/numbers',
      { configure: (app) => void app.useGlobalFilters(new CatchAll(app.get(HttpAdapterHost))) },
      /problem\+json/,
    ],
    ["a controller's filter", '/filtered', {}, /application\/json/],
  ])(
    'after the guards, with a catch-all filter by %s, is answered with the maintenance 503',
    async (__, path, settings, type) => {
      const { url } = await createApp({
        ...settings,
        options: { enabled: true, ignore: { staff: true } },
        controllers,
      });
      await request(url)
        .get(`${path}?of=7`)
        .set(UMA)
        .expect(503)
        .expect('Content-Type', type)
        .expect('Cache-Control', 'no-store')
        .expect('Retry-After', '3600')
        .expect('Maintenance-Mode', 'active');
      expect(effects).toEqual([]);
    },
  );
});
