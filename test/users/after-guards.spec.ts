import { afterEach, describe, expect, it } from '@jest/globals';
import { All, Controller, Get, Header, HttpCode, Res, Sse, UseGuards } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { type Observable, of } from 'rxjs';
import request from 'supertest';
import {
  type IgnoreOptions,
  MaintenanceOff,
  MaintenanceOn,
  MaintenanceScope,
  MaintenanceService,
} from '../../lib/index.js';
import { PageController } from '../support/pages.js';
import { closeApps, platforms } from '../support/platforms.js';
import { NameGuard, type NamedRequest, RequestScopedNameGuard, SAM, UMA } from './names.js';

@UseGuards(NameGuard)
@Controller('late')
class LateController {
  readonly ran: string[] = [];

  @All()
  @HttpCode(200)
  page(): string {
    return this.#run('page');
  }

  @MaintenanceOn()
  @Get('on')
  on(): string {
    return this.#run('on');
  }

  @MaintenanceOff()
  @Get('off')
  off(): string {
    return this.#run('off');
  }

  @MaintenanceScope('billing')
  @Get('billing')
  billing(): string {
    return this.#run('billing');
  }

  @Get('async')
  async later(): Promise<string> {
    return Promise.resolve(this.#run('async'));
  }

  @Sse('events')
  events(): Observable<{ data: string }> {
    return of({ data: this.#run('events') });
  }

  @Get('cached')
  @HttpCode(202)
  @Header('Cache-Control', 'public, max-age=600')
  @Header('Content-Type', 'text/csv')
  cached(): string {
    return this.#run('cached');
  }

  @Get('packed')
  @Header('Content-Encoding', 'gzip')
  @Header('Content-Disposition', 'attachment; filename="teas.csv"')
  @Header('ETag', '"teas"')
  packed(): string {
    return this.#run('packed');
  }

  @Get('native')
  native(@Res() response: { send(body: string): void }): void {
    response.send(this.#run('native'));
  }

  #run(name: string): string {
    this.ran.push(name);
    return `ran ${name}`;
  }
}

@UseGuards(RequestScopedNameGuard)
@Controller('scoped')
class ScopedController extends PageController {}

const controllers = [LateController, ScopedController, PageController];
const staff = { staff: true } as const;
const isUma = ({ user }: NamedRequest): boolean => JSON.stringify(user ?? null).includes('uma');

afterEach(closeApps);

describe.each(platforms)('After the guards on %s', (_, createApp) => {
  it.each(['/late', '/late/async', '/late/events', '/late/cached', '/late/native', '/scoped'])(
    'GET %s is decided on: staff pass, others get 503, and the handler does not run for them',
    async (path) => {
      const { url, get } = await createApp({ options: { enabled: true, ignore: staff }, controllers });
      for (const who of [UMA, {}]) {
        await request(url)
          .get(path)
          .set(who)
          .expect(503)
          .expect('Cache-Control', 'no-store')
          .expect('Maintenance-Mode', 'active')
          .expect('Content-Type', /^application\/problem\+json/);
      }
      expect(get(LateController).ran).toEqual([]);
      const { text } = await request(url)
        .get(path)
        .set(SAM)
        .expect(path === '/late/cached' ? 202 : 200);
      expect(text).toMatch(/ran|the page/);
    },
  );

  it('no header of the handler describes the body of the 503', async () => {
    const { url } = await createApp({ options: { enabled: true, ignore: staff }, controllers });
    const { headers, body } = await request(url).get('/late/packed').set(UMA).expect(503);
    expect(body).toMatchObject({ status: 503 });
    for (const name of ['content-encoding', 'content-disposition', 'etag']) {
      expect(headers).not.toHaveProperty(name);
    }
  });

  it('HEAD gets 503 without a body', async () => {
    const { url, get } = await createApp({ options: { enabled: true, ignore: staff }, controllers });
    const { text, headers } = await request(url).head('/late').expect(503);
    expect(text ?? '').toBe('');
    expect(headers['maintenance-mode']).toBe('active');
    expect(get(LateController).ran).toEqual([]);
  });

  it.each([
    ['banned', 403],
    ['crash', 500],
  ])("a guard's own answer to %s comes first: %i", async (name, status) => {
    const { url } = await createApp({ options: { enabled: true, ignore: staff }, controllers });
    const { headers } = await request(url).get('/late').set('X-Name', name).expect(status);
    expect(headers).not.toHaveProperty('maintenance-mode');
  });

  it.each(['sam', 'banned', 'crash'])('@MaintenanceOn blocks %s before the guards', async (name) => {
    const { url } = await createApp({ options: { ignore: staff }, controllers });
    await request(url).get('/late/on').set('X-Name', name).expect(503);
    await request(url).get('/late').set(UMA).expect(200);
  });

  it('@MaintenanceOff passes, and the guards still run', async () => {
    const { url } = await createApp({ options: { enabled: true, ignore: staff }, controllers });
    await request(url).get('/late/off').expect(200, 'ran off');
    await request(url).get('/late/off').set('X-Name', 'banned').expect(403);
  });

  it('a scope blocks its own routes only', async () => {
    const { url, get } = await createApp({ options: { ignore: staff }, controllers });
    await get(MaintenanceService).enable({ scope: 'billing' });
    await request(url).get('/late/billing').set(UMA).expect(503);
    await request(url).get('/late/billing').set(SAM).expect(200);
    await request(url).get('/late').set(UMA).expect(200);
  });

  it('read-only mode blocks unsafe methods of all but staff', async () => {
    const { url, get } = await createApp({ options: { ignore: staff }, controllers });
    await get(MaintenanceService).enable({ mode: 'read-only' });
    for (const who of [UMA, SAM, {}]) await request(url).get('/late').set(who).expect(200);
    await request(url).post('/late').set(UMA).expect(503).expect('Maintenance-Mode', 'read-only');
    await request(url).post('/late').set(SAM).expect(200);
    await request(url).post('/late').set('X-Name', 'banned').expect(403);
  });

  it.each<[string, IgnoreOptions, Record<string, string>]>([
    ['an address', { ipAddresses: ['127.0.0.1'] }, {}],
    ['a URL', { urls: ['/late'] }, {}],
    ['the admin site', { adminSite: '/late' }, {}],
    ['the bypass header', {}, { 'Maintenance-Bypass': 'a secret of some length' }],
  ])('%s exempts at once, without finding out the user', async (__, ignore, headers) => {
    let asked = 0;
    const isStaff = (): boolean => {
      asked += 1;
      return false;
    };
    const options = {
      enabled: true,
      ignore: { ...staff, ...ignore },
      user: { isStaff },
      bypass: { secret: 'a secret of some length' },
    };
    const { url } = await createApp({ options, controllers });
    await request(url).get('/late').set(UMA).set(headers).expect(200, 'ran page');
    expect(asked).toBe(0);
  });

  it.each([
    [true, 200],
    [false, 503],
  ])('ignore.when knows the user with afterGuards: %j', async (afterGuards, status) => {
    const options = { enabled: true, ignore: { when: isUma }, user: { afterGuards } };
    const { url } = await createApp({ options, controllers });
    await request(url).get('/late').set(UMA).expect(status);
    await request(url).get('/late').set(SAM).expect(503);
  });

  it('a request-scoped guard of the whole application counts as well', async () => {
    const { url } = await createApp({
      options: { enabled: true, ignore: staff },
      controllers: [PageController],
      providers: [{ provide: APP_GUARD, useClass: RequestScopedNameGuard }],
    });
    await request(url).get('/page').set(SAM).expect(200);
    await request(url).get('/page').set(UMA).expect(503);
    await request(url).get('/page').set('X-Name', 'banned').expect(403);
  });

  it('concurrent requests are decided on separately', async () => {
    const { url } = await createApp({ options: { enabled: true, ignore: staff }, controllers });
    const statuses = await Promise.all(
      Array.from({ length: 20 }, async (__, index) => {
        const { status } = await request(url)
          .get('/scoped')
          .set(index % 2 === 0 ? SAM : UMA);
        return status;
      }),
    );
    expect(statuses).toEqual(statuses.map((__, index) => (index % 2 === 0 ? 200 : 503)));
  });
});
