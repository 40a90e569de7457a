import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type ArgumentsHost,
  type CallHandler,
  Catch,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  Get,
  HttpException,
  Injectable,
  type NestInterceptor,
  ServiceUnavailableException,
  UseFilters,
  UseInterceptors,
} from '@nestjs/common';
import { APP_FILTER, HttpAdapterHost } from '@nestjs/core';
import { type Observable, tap } from 'rxjs';
import request from 'supertest';
import {
  isMaintenanceException,
  MaintenanceOff,
  MaintenanceScope,
  type MaintenanceModuleOptions,
  MaintenanceService,
} from '../../lib/index.js';
import { closeApps, platforms } from '../support/platforms.js';

const seen: unknown[] = [];
const reports: string[] = [];

/** What an application does that sends its errors to a service such as Sentry. */
function report(error: unknown): void {
  seen.push(error);
  if (!isMaintenanceException(error)) reports.push(String(error));
}

@Catch()
@Injectable()
class ReportingFilter implements ExceptionFilter {
  constructor(private readonly host: HttpAdapterHost) {}

  catch(error: unknown, host: ArgumentsHost): void {
    report(error);
    const status = error instanceof HttpException ? error.getStatus() : 500;
    this.host.httpAdapter.reply(host.switchToHttp().getResponse(), {}, status);
  }
}

@Injectable()
class ReportingInterceptor implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(tap({ error: report }));
  }
}

class Orders {
  @Get()
  @MaintenanceScope('orders')
  orders(): string {
    return 'orders';
  }

  @Get('real')
  @MaintenanceOff()
  real(): never {
    throw new ServiceUnavailableException('The database is gone.');
  }
}

@Controller('filtered')
@UseFilters(ReportingFilter)
class FilteredController extends Orders {}

@Controller('intercepted')
@UseInterceptors(ReportingInterceptor)
class InterceptedController extends Orders {}

@Controller('plain')
class PlainController extends Orders {}

const DECISIONS: [name: string, options: MaintenanceModuleOptions][] = [
  ['at once', {}],
  ['after the guards', { ignore: { staff: true } }],
];

beforeEach(() => {
  seen.length = 0;
  reports.length = 0;
});
afterEach(closeApps);

describe.each(platforms)('Error reporting on %s', (_, createApp) => {
  describe.each(DECISIONS)('where requests are decided on %s', (__, options) => {
    it.each<[string, string, Parameters<typeof createApp>[0]]>([
      ['a filter of a controller', '/filtered', { controllers: [FilteredController] }],
      ['an interceptor', '/intercepted', { controllers: [InterceptedController] }],
      [
        'a filter of the application',
        '/plain',
        { controllers: [PlainController], providers: [{ provide: APP_FILTER, useClass: ReportingFilter }] },
      ],
    ])('by %s tells of a real 503, and not of maintenance', async (___, path, settings) => {
      const { url, get } = await createApp({ ...settings, options });
      await get(MaintenanceService).enable({ scope: 'orders' });
      await request(url).get(path).expect(503).expect('Maintenance-Mode', 'active');
      expect(reports).toEqual([]);
      const { headers } = await request(url).get(`${path}/real`).expect(503);
      expect(headers).not.toHaveProperty('maintenance-mode');
      expect(reports).toEqual(['ServiceUnavailableException: The database is gone.']);
    });

    it('finds what blocks in the exception that a filter of a controller sees', async () => {
      const { url, get } = await createApp({ controllers: [FilteredController], options });
      await get(MaintenanceService).enable({ reason: 'We move.', by: 'ada', scope: 'orders' });
      await request(url).get('/filtered').expect(503);
      const [error] = seen;
      const maintenance = isMaintenanceException(error) ? error.maintenance : undefined;
      expect(maintenance).toMatchObject({ state: 'active', reason: 'We move.', by: 'ada' });
    });
  });
});

describe('isMaintenanceException', () => {
  it.each([undefined, null, 'MAINTENANCE_ACTIVE', new Error('MAINTENANCE_ACTIVE'), { code: 'x' }])(
    'takes %p for no maintenance',
    (value) => {
      expect(isMaintenanceException(value)).toBe(false);
    },
  );
});
