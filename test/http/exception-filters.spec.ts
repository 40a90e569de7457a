import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type ArgumentsHost,
  Catch,
  Controller,
  type ExceptionFilter,
  HttpException,
  Injectable,
  Scope,
  UseFilters,
} from '@nestjs/common';
import { APP_FILTER, BaseExceptionFilter, HttpAdapterHost } from '@nestjs/core';
import request from 'supertest';
import {
  isMaintenanceException,
  MaintenanceExceptionFilter,
  MaintenanceScope,
  MaintenanceService,
} from '../../lib/index.js';
import { HTML, PageController, ShopController } from '../support/pages.js';
import { closeApps, platforms } from '../support/platforms.js';

/** Answers everything in its own words, as the Nest documentation's catch-all filter does. */
@Catch()
@Injectable()
class CatchAll implements ExceptionFilter {
  constructor(protected readonly host: HttpAdapterHost) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    const status = exception instanceof HttpException ? exception.getStatus() : 500;
    const body = { caught: true, maintenance: isMaintenanceException(exception) };
    this.host.httpAdapter.reply(host.switchToHttp().getResponse(), body, status);
  }
}

@Catch()
@Injectable({ scope: Scope.REQUEST })
class RequestScopedCatchAll extends CatchAll {}

@Catch()
class ToNest extends BaseExceptionFilter {}

@Controller('page')
@MaintenanceScope('shop')
@UseFilters(CatchAll)
class FilteredController extends PageController {}

@Controller('page')
@MaintenanceScope('shop')
@UseFilters(ToNest)
class BaseFilteredController extends PageController {}

// Of two filters on a class, the last is asked first.
@Controller('page')
@MaintenanceScope('shop')
@UseFilters(CatchAll, MaintenanceExceptionFilter)
class NamedController extends PageController {}

const HEADERS: Readonly<Record<string, unknown>> = {
  'maintenance-mode': 'active',
  'retry-after': '3600',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  vary: expect.stringMatching(/\baccept\b/i),
  'x-added': 'yes',
};

afterEach(closeApps);

describe.each(platforms)('With a catch-all exception filter on %s', (_, createApp) => {
  const options = { response: { headers: { 'X-Added': 'yes' } } };

  it.each<[string, Parameters<typeof createApp>[0]]>([
    [
      'provided as APP_FILTER by the root module',
      { providers: [{ provide: APP_FILTER, useClass: CatchAll }] },
    ],
    [
      'set with useGlobalFilters',
      { configure: (app) => void app.useGlobalFilters(new CatchAll(app.get(HttpAdapterHost))) },
    ],
  ])('%s, clients still receive the maintenance response', async (__, settings) => {
    const { url, get } = await createApp({ ...settings, options, controllers: [PageController] });
    await get(MaintenanceService).enable();
    const json = await request(url)
      .get('/page')
      .expect(503)
      .expect('Content-Type', /problem\+json/);
    expect(json.headers).toMatchObject(HEADERS);
    expect(json.body).toMatchObject({ status: 503, title: 'Service Unavailable' });
    const html = await request(url)
      .get('/page')
      .set(HTML)
      .expect(503)
      .expect('Content-Type', /text\/html/);
    expect(html.headers).toMatchObject(HEADERS);
    await request(url)
      .get('/nowhere')
      .expect(503)
      .expect('Content-Type', /problem\+json/);
    // Their filter is not out of work.
    await get(MaintenanceService).disable();
    await request(url).get('/nowhere').expect(404, { caught: true, maintenance: false });
  });

  describe.each<[string, Parameters<typeof createApp>[0]]>([
    ['on a controller', { controllers: [FilteredController] }],
    [
      'that is request-scoped',
      {
        controllers: [ShopController],
        providers: [{ provide: APP_FILTER, useClass: RequestScopedCatchAll }],
      },
    ],
  ])('%s', (__, settings) => {
    it.each(['*/*', HTML.Accept])('the gate sends the maintenance response to Accept: %s', async (accept) => {
      const { url, get } = await createApp({ ...settings, options });
      await get(MaintenanceService).enable();
      const response = await request(url).get('/page').set('Accept', accept).expect(503);
      expect(response.headers).toMatchObject(HEADERS);
      expect(response.headers['content-type']).toMatch(accept === '*/*' ? /problem\+json/ : /text\/html/);
    });

    it('it writes the body if the guard blocks; status and headers are ours', async () => {
      const { url, get } = await createApp({ ...settings, options });
      await get(MaintenanceService).enable({ scope: 'shop' });
      for (const accept of ['*/*', HTML.Accept]) {
        const response = await request(url).get('/page').set('Accept', accept).expect(503);
        expect(response.headers).toMatchObject(HEADERS);
        expect(response.body).toEqual({ caught: true, maintenance: true });
      }
    });
  });

  it("on a controller, calling Nest's filter: the response has the members of the problem details", async () => {
    const { url, get } = await createApp({ options, controllers: [BaseFilteredController] });
    await get(MaintenanceService).enable({ reason: 'Why', scope: 'shop' });
    const response = await request(url).get('/page').expect(503);
    expect(response.headers).toMatchObject(HEADERS);
    expect(response.body).toMatchObject({ statusCode: 503, message: 'Why', reason: 'Why', retryAfter: 3600 });
  });

  it('on a controller that also uses ours: clients receive the maintenance response', async () => {
    const { url, get } = await createApp({ options, controllers: [NamedController] });
    await get(MaintenanceService).enable({ scope: 'shop' });
    await request(url)
      .get('/page')
      .set(HTML)
      .expect(503)
      .expect('Content-Type', /text\/html/);
  });
});
