import { afterEach, describe, expect, it } from '@jest/globals';
import { All, Controller, Get, type MessageEvent, Sse } from '@nestjs/common';
import { of, type Observable } from 'rxjs';
import request from 'supertest';
import { MaintenanceOff, MaintenanceOn, MaintenanceService } from '../../lib/index.js';
import { BEARER, people } from '../support/people.js';
import { closeApps, platforms } from '../support/platforms.js';

abstract class Base {
  @Get('async')
  async inherited(): Promise<string> {
    return 'inherited';
  }
}

@Controller('open')
@MaintenanceOff()
class OpenController extends Base {}

@Controller('closed')
@MaintenanceOn()
class ClosedController extends Base {}

@Controller('handlers')
class HandlersController {
  @Get('off/async')
  @MaintenanceOff()
  async off(): Promise<string> {
    return 'off';
  }

  @Sse('off/sse')
  @MaintenanceOff()
  offSse(): Observable<MessageEvent> {
    return of({ data: 'off' });
  }

  @All('off/all')
  @MaintenanceOff()
  offAll(): string {
    return 'off';
  }

  @Get('on/async')
  @MaintenanceOn()
  async on(): Promise<string> {
    return 'on';
  }

  @Sse('on/sse')
  @MaintenanceOn()
  onSse(): Observable<MessageEvent> {
    return of({ data: 'on' });
  }

  @All('on/all')
  @MaintenanceOn()
  onAll(): string {
    return 'on';
  }
}

@Controller('handlers/plain')
class PlainController {
  @Get()
  plain(): string {
    return 'plain';
  }
}

afterEach(closeApps);

describe.each(platforms)('Parity 27: the decorators on %s', (_, createApp) => {
  const controllers = [OpenController, ClosedController, HandlersController];

  it.each([
    ['/handlers/off/async', 200],
    ['/handlers/off/sse', 200],
    ['/handlers/off/all', 200],
    ['/handlers/on/async', 503],
    ['/handlers/on/sse', 503],
    ['/handlers/on/all', 503],
    ['/open/async', 200],
    ['/closed/async', 503],
  ])('%s answers %i in both states', async (path, status) => {
    const { url, get } = await createApp({ controllers });
    await request(url).get(path).expect(status);
    await get(MaintenanceService).enable();
    await request(url).get(path).expect(status);
    await get(MaintenanceService).disable();
    await request(url).get(path).expect(status);
  });

  it('leave the handler its name', () => {
    expect(HandlersController.prototype.off.name).toBe('off');
    expect(HandlersController.prototype.on.name).toBe('on');
  });
});

describe.each(platforms)('Parity 28: @MaintenanceOn on %s', (_, createApp) => {
  it.each<[string, object, boolean]>([
    ['a superuser', { superusers: true }, true],
    ['an address', { ipAddresses: ['127.0.0.1'] }, false],
    ['a URL', { urls: ['/handlers'] }, false],
    ['an admin site', { adminSite: '/handlers' }, false],
    ['a test run', { tests: true }, false],
    ['a rule', { when: () => true }, false],
  ])('is closed to %s that is exempt elsewhere', async (__, ignore, isSuperuser) => {
    const options = { ignore, user: people };
    const { url, get } = await createApp({ controllers: [HandlersController, PlainController], options });
    for (const isOn of [false, true]) {
      if (isOn) await get(MaintenanceService).enable();
      const ask = (path: string) =>
        request(url)
          .get(path)
          .set(isSuperuser ? BEARER : {});
      await ask('/handlers/plain').expect(200, 'plain');
      await ask('/handlers/on/async').expect(503);
    }
  });
});
