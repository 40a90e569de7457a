import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type CallHandler,
  Controller,
  type ExecutionContext,
  ForbiddenException,
  Get,
  Injectable,
  type NestInterceptor,
  ParseIntPipe,
  Query,
  RequestMethod,
  UseGuards,
  Version,
  type VersioningOptions,
  VersioningType,
} from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import type { Observable } from 'rxjs';
import request from 'supertest';
import { MaintenanceOff, MaintenanceService } from '../../lib/index.js';
import { PageController } from '../support/pages.js';
import { BEARER, people } from '../support/people.js';
import { closeApps, platforms } from '../support/platforms.js';

@Controller('numbers')
class NumbersController {
  ran = 0;

  @Get()
  square(@Query('of', ParseIntPipe) number: number): number {
    this.ran += 1;
    return number * number;
  }
}

@Controller('forbidden')
@UseGuards({
  canActivate: () => {
    throw new ForbiddenException();
  },
})
class ForbiddenController extends PageController {}

@Controller('versioned')
class VersionedController {
  @Get()
  @Version('1')
  one(): string {
    return 'one';
  }

  @Get()
  @Version('2')
  @MaintenanceOff()
  two(): string {
    return 'two';
  }
}

@Injectable()
class CountingInterceptor implements NestInterceptor {
  count = 0;

  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    this.count += 1;
    return next.handle();
  }
}

afterEach(closeApps);

describe.each(platforms)('In an application on %s', (_, createApp) => {
  it('guards, interceptors and pipes of blocked routes do not run', async () => {
    const { url, get } = await createApp({
      controllers: [NumbersController, ForbiddenController],
      providers: [
        CountingInterceptor,
        { provide: APP_INTERCEPTOR, useExisting: CountingInterceptor },
        { provide: APP_GUARD, useValue: { canActivate: () => true } },
        { provide: APP_PIPE, useValue: { transform: (value: unknown) => value } },
      ],
    });
    await request(url).get('/numbers?of=7').expect(200, '49');
    await request(url).get('/numbers?of=seven').expect(400);
    await request(url).get('/forbidden').expect(403);
    const before = get(CountingInterceptor).count;

    await get(MaintenanceService).enable();
    await request(url).get('/numbers?of=7').expect(503);
    await request(url).get('/numbers?of=seven').expect(503);
    await request(url).get('/forbidden').expect(503);
    expect(get(CountingInterceptor).count).toBe(before);
    expect(get(NumbersController).ran).toBe(1);
  });

  it('with a global prefix, it applies to all routes and the toggle routes', async () => {
    const { url, get } = await createApp({
      options: { user: people },
      controllers: [PageController],
      configure: (app) => void app.setGlobalPrefix('api/v9'),
    });
    await request(url).post('/maintenance-mode/on').set(BEARER).expect(404);
    await request(url).post('/api/v9/maintenance-mode/on').set(BEARER).expect(200);
    expect(get(MaintenanceService).isActive()).toBe(true);
    await request(url).get('/api/v9/page').expect(503);
    await request(url).get('/api/v9/maintenance-mode').expect(200);
  });

  it('routes that are excluded from the global prefix are blocked as well', async () => {
    const exclude = [
      { path: 'page', method: RequestMethod.ALL },
      { path: 'maintenance-mode', method: RequestMethod.GET },
    ];
    const { url, get } = await createApp({
      controllers: [PageController, NumbersController],
      configure: (app) => void app.setGlobalPrefix('api', { exclude }),
    });
    await request(url).get('/page').expect(200);
    await get(MaintenanceService).enable();
    await request(url).get('/page').expect(503);
    await request(url).get('/api/numbers?of=7').expect(503);
    await request(url).get('/maintenance-mode').expect(200);
  });

  it.each<[string, VersioningOptions, string[]]>([
    ['by URI', { type: VersioningType.URI, defaultVersion: '1' }, ['/v1', '/v2']],
    ['by header', { type: VersioningType.HEADER, header: 'X-Version', defaultVersion: '1' }, ['', '']],
  ])('with versioning %s, the decorators of the matching version apply', async (__, versioning, prefixes) => {
    const [one = '', two = ''] = prefixes;
    const { url, get } = await createApp({
      options: { user: people },
      controllers: [VersionedController],
      configure: (app) => void app.enableVersioning(versioning),
    });
    const ask = (prefix: string, version: string) =>
      request(url).get(`${prefix}/versioned`).set('X-Version', version);
    await ask(one, '1').expect(200, 'one');
    await ask(two, '2').expect(200, 'two');
    await request(url).post('/maintenance-mode/on').set(BEARER).set('X-Version', '1').expect(200);
    expect(get(MaintenanceService).isActive()).toBe(true);
    await ask(one, '1').expect(503);
    await ask(two, '2').expect(200, 'two');
    await request(url).get('/maintenance-mode').set('X-Version', '1').expect(200);
  });
});
