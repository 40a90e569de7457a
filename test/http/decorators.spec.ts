import { afterEach, describe, expect, it } from '@jest/globals';
import { All, Controller, Get, type MessageEvent, Post, Sse } from '@nestjs/common';
import { of, type Observable } from 'rxjs';
import request from 'supertest';
import {
  MaintenanceOff,
  MaintenanceOn,
  MaintenanceOptionsError,
  MaintenanceScope,
  MaintenanceService,
} from '../../lib/index.js';
import { closeApps, platforms } from '../support/platforms.js';

@Controller('plain')
class PlainController {
  @Get()
  plain(): string {
    return 'plain';
  }

  @Get('on')
  @MaintenanceOn()
  on(): string {
    return 'on';
  }

  @Get('off')
  @MaintenanceOff()
  async off(): Promise<string> {
    return 'off';
  }

  @Post('off-post')
  @MaintenanceOff()
  offPost(): string {
    return 'off';
  }

  @All('off-all')
  @MaintenanceOff()
  offAll(): string {
    return 'off';
  }

  @Sse('off-sse')
  @MaintenanceOff()
  offSse(): Observable<MessageEvent> {
    return of({ data: 'off' });
  }

  @Sse('sse')
  sse(): Observable<MessageEvent> {
    return of({ data: 'plain' });
  }

  @Get('billing')
  @MaintenanceScope('billing')
  billing(): string {
    return 'billing';
  }

  @Get('on-and-off')
  @MaintenanceOff()
  @MaintenanceOn()
  onAndOff(): string {
    return 'both';
  }

  @Get('off-and-scope')
  @MaintenanceScope('billing')
  @MaintenanceOff()
  offAndScope(): string {
    return 'both';
  }
}

@Controller('closed')
@MaintenanceOn()
class ClosedController {
  @Get()
  closed(): string {
    return 'closed';
  }

  @Get('off')
  @MaintenanceOff()
  off(): string {
    return 'off';
  }

  @Get('billing')
  @MaintenanceScope('billing')
  billing(): string {
    return 'billing';
  }
}

@Controller('open')
@MaintenanceOff()
class OpenController {
  @Get()
  open(): string {
    return 'open';
  }

  @Get('on')
  @MaintenanceOn()
  on(): string {
    return 'on';
  }
}

@Controller('billing')
@MaintenanceScope('billing')
class BillingController {
  @Get()
  billing(): string {
    return 'billing';
  }

  @Get('mail')
  @MaintenanceScope('mail')
  mail(): string {
    return 'mail';
  }
}

afterEach(closeApps);

describe.each(platforms)('The decorators on %s', (_, createApp) => {
  const controllers = [PlainController, ClosedController, OpenController, BillingController];

  // In maintenance: nothing, the scope "billing", the whole application, both.
  it.each<[string, [off: number, scope: number, application: number, both: number]]>([
    ['GET /plain', [200, 200, 503, 503]],
    ['GET /plain/on', [503, 503, 503, 503]],
    ['GET /plain/off', [200, 200, 200, 200]],
    ['POST /plain/off-post', [201, 201, 201, 201]],
    ['GET /plain/off-all', [200, 200, 200, 200]],
    ['DELETE /plain/off-all', [200, 200, 200, 200]],
    ['GET /plain/off-sse', [200, 200, 200, 200]],
    ['GET /plain/sse', [200, 200, 503, 503]],
    ['GET /plain/billing', [200, 503, 503, 503]],
    ['GET /plain/on-and-off', [503, 503, 503, 503]], // what blocks stands above what lets pass
    ['GET /plain/off-and-scope', [200, 200, 200, 200]],
    ['GET /closed', [503, 503, 503, 503]],
    ['GET /closed/off', [200, 200, 200, 200]], // a handler's own ignores its class's
    ['GET /closed/billing', [200, 503, 503, 503]],
    ['GET /open', [200, 200, 200, 200]],
    ['GET /open/on', [503, 503, 503, 503]],
    ['GET /billing', [200, 503, 503, 503]],
    ['GET /billing/mail', [200, 200, 503, 503]],
  ])('%s answers %j', async (route, expected) => {
    const [method, path] = route.split(' ') as ['GET' | 'POST' | 'DELETE', string];
    const { url, get } = await createApp({ controllers });
    const maintenance = get(MaintenanceService);
    const send = { GET: 'get', POST: 'post', DELETE: 'delete' } as const;
    const answer = async (): Promise<number> => (await request(url)[send[method]](path)).status;

    const off = await answer();
    await maintenance.enable({ scope: 'billing' });
    const scope = await answer();
    await maintenance.enable();
    const both = await answer();
    await maintenance.disable({ scope: 'billing' });
    const application = await answer();
    expect([off, scope, application, both]).toEqual(expected);

    await maintenance.disable();
    expect(await answer()).toBe(expected[0]);
  });

  it('the response names the scope that blocks, and no scope if the application is blocked', async () => {
    const { url, get } = await createApp({ controllers });
    await get(MaintenanceService).enable({ scope: 'billing', reason: 'Invoices' });
    const scoped = await request(url).get('/billing').expect(503);
    expect(scoped.body).toMatchObject({ scope: 'billing', reason: 'Invoices' });
    await get(MaintenanceService).enable({ reason: 'All of it' });
    const whole = await request(url).get('/billing').expect(503);
    expect(whole.body).toMatchObject({ scope: null, reason: 'All of it' });
  });

  it('an @MaintenanceOn route sends all maintenance headers', async () => {
    const { url } = await createApp({ controllers });
    const response = await request(url).get('/closed').expect(503);
    expect(response.headers).toMatchObject({ 'maintenance-mode': 'active', 'cache-control': 'no-store' });
    expect(response.body).toMatchObject({ mode: 'full', reason: null, scope: null });
  });
});

describe('A decorator', () => {
  it('leaves the handler and its name as they are', () => {
    expect(PlainController.prototype.off.name).toBe('off');
    expect(PlainController.prototype.billing.name).toBe('billing');
    expect(ClosedController.name).toBe('ClosedController');
  });

  it.each(['', ' billing', 'bill\ning', 'a'.repeat(101), '__proto__'])(
    '@MaintenanceScope(%j) throws where it is written',
    (name) => {
      const decorate = (): void => {
        @MaintenanceScope(name)
        class Decorated {}
        void Decorated;
      };
      expect(decorate).toThrow(MaintenanceOptionsError);
      expect(decorate).toThrow(/^@MaintenanceScope: expected the name of a scope/);
    },
  );
});
