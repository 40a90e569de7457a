import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type ArgumentsHost,
  Catch,
  Controller,
  type ExceptionFilter,
  Get,
  Injectable,
  Scope,
  UseFilters,
} from '@nestjs/common';
import { APP_FILTER, HttpAdapterHost } from '@nestjs/core';
import { MaintenanceOff, MaintenanceOn, MaintenanceService } from '../../lib/index.js';
import { HTML } from '../support/pages.js';
import type { AppSettings } from '../support/platforms.js';
import { closeApps } from '../support/platforms.js';
import { rawRequest } from '../support/raw-request.js';
import { expectBlocked, HEADERS } from './blocked.js';
import { everywhere } from './layouts.js';

/** The worst that can be: it takes everything for a success, in its own words, with headers of its own. */
@Catch()
@Injectable()
class CatchAll implements ExceptionFilter {
  constructor(private readonly host: HttpAdapterHost) {}

  catch(_exception: unknown, host: ArgumentsHost): void {
    const response: unknown = host.switchToHttp().getResponse();
    this.host.httpAdapter.reply(response, { caught: true }, 503);
  }
}

@Catch()
@Injectable({ scope: Scope.REQUEST })
class RequestScoped extends CatchAll {}

@Controller('page')
class PageController {
  @Get()
  page(): string {
    return 'page';
  }

  @Get('on')
  @MaintenanceOn()
  on(): string {
    return 'on';
  }

  @Get('off')
  @MaintenanceOff()
  off(): string {
    throw new Error('of the application');
  }
}

@Controller('page')
@UseFilters(CatchAll)
class FilteredController extends PageController {}

const FILTERS: [name: string, settings: AppSettings][] = [
  [
    'on the root module',
    { controllers: [PageController], providers: [{ provide: APP_FILTER, useClass: CatchAll }] },
  ],
  [
    'set with useGlobalFilters',
    {
      controllers: [PageController],
      configure: (app) => void app.useGlobalFilters(new CatchAll(app.get(HttpAdapterHost))),
    },
  ],
  ['on a controller', { controllers: [FilteredController] }],
  [
    'that is request-scoped',
    { controllers: [PageController], providers: [{ provide: APP_FILTER, useClass: RequestScoped }] },
  ],
];

afterEach(closeApps);

describe.each(everywhere)('With a catch-all exception filter, on %s,', (_, { base, createApp }) => {
  it.each(FILTERS)('%s, blocked clients get our answer', async (__, settings) => {
    const { port, get } = await createApp(settings);
    await get(MaintenanceService).enable({ reason: 'Why' });
    for (const path of [`${base}/page`, `${base}/page/nowhere`, '/nowhere']) {
      const json = await rawRequest(port, path);
      expectBlocked(json);
      expect(JSON.parse(json.body)).toMatchObject({ status: 503, reason: 'Why', retryAfter: 3600 });
      const html = await rawRequest(port, path, HTML);
      expectBlocked(html);
      expect(html.body).toContain('<h1>');
      expect(html.body).not.toContain('caught');
    }
    // It is not out of work: what an open handler throws is the application's.
    expect(JSON.parse((await rawRequest(port, `${base}/page/off`)).body)).toEqual({ caught: true });
  });

  it.each(FILTERS)('%s, what a decorator closes is a 503 with our headers', async (__, settings) => {
    const { port, get } = await createApp(settings);
    for (const state of ['off', 'on']) {
      if (state === 'on') await get(MaintenanceService).enable();
      const { status, headers } = await rawRequest(port, `${base}/page/on`);
      expect({ status, headers }).toMatchObject({ status: 503, headers: HEADERS });
    }
  });
});
