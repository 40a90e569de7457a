import {
  type ArgumentsHost,
  Body,
  type CallHandler,
  Catch,
  ClassSerializerInterceptor,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  Get,
  type INestApplication,
  type NestInterceptor,
  Post,
  type VersioningOptions,
  VersioningType,
} from '@nestjs/common';
import { HttpAdapterHost, Reflector } from '@nestjs/core';
import { afterEach, describe, expect, it } from '@jest/globals';
import { map, type Observable, of, timeout } from 'rxjs';
import request from 'supertest';
import { BEARER, BROWSER } from '../support/people.js';
import { closeApps, platforms } from '../support/platforms.js';
import { confirmToken, mountings, toggleApp } from '../support/toggle-app.js';

afterEach(closeApps);

const byHeader = (request_: unknown): string =>
  (request_ as { headers: Record<string, string | undefined> }).headers['x-version'] ?? '1';

describe.each(platforms)('With versions on %s', (_, createApp) => {
  it.each<[how: string, options: VersioningOptions]>([
    ['URI', { type: VersioningType.URI }],
    ['URI, with a default version', { type: VersioningType.URI, defaultVersion: '1' }],
    ['header', { type: VersioningType.HEADER, header: 'X-Version' }],
    [
      'header, with a default version',
      { type: VersioningType.HEADER, header: 'X-Version', defaultVersion: '2' },
    ],
    ['media type', { type: VersioningType.MEDIA_TYPE, key: 'v=' }],
    [
      'media type, with a default version',
      { type: VersioningType.MEDIA_TYPE, key: 'v=', defaultVersion: '2' },
    ],
    ['custom', { type: VersioningType.CUSTOM, extractor: byHeader }],
    [
      'custom, with a default version',
      { type: VersioningType.CUSTOM, extractor: byHeader, defaultVersion: '2' },
    ],
  ])('by %s the routes are where they are without', async (__, versioning) => {
    const { base, maintenance } = await toggleApp(createApp, {
      prefix: '/api',
      configure: (app) => void app.setGlobalPrefix('api').enableVersioning(versioning),
    });
    for (const version of [{}, { 'X-Version': '1', Accept: 'application/json;v=1' }]) {
      await request(base).get('').set(version).expect(200, /"off"/);
      await request(base).post('/on').set(BEARER).set(version).expect(200);
      expect(maintenance.isActive()).toBe(true);
      await request(base)
        .get('')
        .set(version)
        .expect(200, /"active"/);
      await request(base).get('/off').set(BEARER).set(version).expect(200);
      expect(maintenance.isActive()).toBe(false);
    }
  });
});

/** Answers each address once by its handler, and then the same again. */
class Caching implements NestInterceptor {
  readonly #known = new Map<string, unknown>();

  constructor(private readonly host: HttpAdapterHost) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const url = String(this.host.httpAdapter.getRequestUrl(context.switchToHttp().getRequest<unknown>()));
    if (this.#known.has(url)) return of(this.#known.get(url));
    return next.handle().pipe(
      map((content: unknown) => {
        this.#known.set(url, content);
        return content;
      }),
    );
  }
}

const envelope: NestInterceptor = {
  intercept: (_context, next: CallHandler) => next.handle().pipe(map((data: unknown) => ({ data }))),
};
const answersInPlace: NestInterceptor = { intercept: () => of('another answer') };
const withTimeout: NestInterceptor = {
  intercept: (_context, next: CallHandler) => next.handle().pipe(timeout(5_000)),
};
const setsHeader: NestInterceptor = {
  intercept: (context: ExecutionContext, next: CallHandler) =>
    next.handle().pipe(
      map((content: unknown) => {
        const response = context.switchToHttp().getResponse<{ header(name: string, value: string): void }>();
        response.header('X-After', '1');
        return content;
      }),
    ),
};

class Order {
  readonly amount = 1;
}

@Controller('orders')
class OrdersController {
  @Get()
  all(): string[] {
    return ['tea'];
  }

  @Post()
  create(@Body() order: Order): Order {
    return order;
  }
}

@Catch()
class EverythingFilter implements ExceptionFilter {
  constructor(private readonly host: HttpAdapterHost) {}

  catch(_error: unknown, argumentsHost: ArgumentsHost): void {
    this.host.httpAdapter.reply(argumentsHost.switchToHttp().getResponse(), { custom: true }, 418);
  }
}

const adapterHost = (app: INestApplication): HttpAdapterHost => app.get(HttpAdapterHost);

const surroundings: [what: string, configure: (app: INestApplication) => unknown][] = [
  ['a caching interceptor', (app) => app.useGlobalInterceptors(new Caching(adapterHost(app)))],
  ['an interceptor that wraps bodies', (app) => app.useGlobalInterceptors(envelope)],
  ['an interceptor that answers in place of handlers', (app) => app.useGlobalInterceptors(answersInPlace)],
  ['an interceptor with a time limit', (app) => app.useGlobalInterceptors(withTimeout)],
  ['an interceptor that sets headers afterwards', (app) => app.useGlobalInterceptors(setsHeader)],
  [
    'ClassSerializerInterceptor',
    (app) => app.useGlobalInterceptors(new ClassSerializerInterceptor(app.get(Reflector))),
  ],
  ['a filter for everything', (app) => app.useGlobalFilters(new EverythingFilter(adapterHost(app)))],
];

describe.each(platforms)('The routes on %s', (_, createApp) => {
  it.each(surroundings)('answer as without it behind %s', async (__, configure) => {
    const { url, base, maintenance } = await toggleApp(createApp, {
      controllers: [OrdersController],
      configure: (app) => void configure(app),
    });
    // So that what is around has seen requests.
    await request(url).get('/orders');
    for (let round = 1; round <= 2; round += 1) {
      const status = await request(base).get('').expect(200);
      expect(status.body).toMatchObject({ state: 'off' });
      const page = await request(base).get('/on').set(BROWSER).expect(200);
      expect(page.text).toContain('<h1>Turn maintenance on?</h1>');
      const on = await request(base).post('/on').set(BEARER).send({ reason: 'Why' }).expect(200);
      expect(on.body).toMatchObject({ state: 'active', reason: 'Why' });
      const active = await request(base).get('').expect(200);
      expect(active.body).toMatchObject({ state: 'active' });
      await request(base).post('/off').set(BEARER).set('Accept', 'text/html').expect(303);
      expect(maintenance.isActive()).toBe(false);
    }
    const refused = await request(base)
      .get('/on')
      .set({ ...BROWSER, Cookie: 'session=bob' })
      .expect(403);
    expect(refused.text).toContain('This page is for superusers');
  });

  it('take bodies whose members a pipe of the application does not know', async () => {
    const { base, maintenance } = await toggleApp(createApp, {
      configure: (app) =>
        void app.useGlobalPipes({
          transform: () => {
            throw new Error('A pipe of the application ran.');
          },
        }),
    });
    await request(base).post('/on').set(BEARER).send({ reason: 'Why' }).expect(200);
    expect(maintenance.status().reason).toBe('Why');
  });

  it('leave errors for programs to the filters of the application', async () => {
    const { base } = await toggleApp(createApp, {
      configure: (app) => void app.useGlobalFilters(new EverythingFilter(adapterHost(app))),
    });
    await request(base).post('/on').expect(418, { custom: true });
  });
});

describe.each(mountings)('A browser that may not use the routes on %s', (_, createApp, prefix) => {
  const ANONYMOUS = { ...BROWSER, Cookie: 'theme=dark' };

  it.each([
    ['/login', '<a class="button" href="/login">Log in</a>'],
    ['https://id.example/?a=b&c', '<a class="button" href="https://id.example/?a&#x3D;b&amp;c">Log in</a>'],
  ])('gets a page with a link to controller.loginUrl, %s', async (loginUrl, link) => {
    const { base } = await toggleApp(createApp, { prefix, options: { controller: { loginUrl } } });
    for (const asked of [request(base).get('/on'), request(base).post('/off')]) {
      const { text, headers } = await asked.set(ANONYMOUS).expect(403);
      expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-frame-options': 'DENY' });
      expect(text).toContain('<h1>Please log in</h1>');
      expect(text).toContain(link);
    }
    const other = await request(base)
      .get('/on')
      .set({ ...BROWSER, Cookie: 'session=bob' })
      .expect(403);
    expect(other.text).toContain('This page is for superusers');
    expect(other.text).toContain('Log in as another user');
  });

  it('gets no link without controller.loginUrl, and is told which options decide', async () => {
    const { base } = await toggleApp(createApp, { prefix });
    const { text } = await request(base).get('/on').set(ANONYMOUS).expect(403);
    expect(text).not.toContain('<a ');
    expect(text).toContain('user.get');
  });

  it('leaves JSON to programs', async () => {
    const { base } = await toggleApp(createApp, { prefix, options: { controller: { loginUrl: '/login' } } });
    const { body } = await request(base).post('/on').expect(403);
    expect(body).toMatchObject({ statusCode: 403, message: expect.stringContaining('user.get') });
  });
});

describe('controller.loginUrl', () => {
  it.each(['login', '//evil.example', 'javascript:alert(1)', 7])('refuses %j at boot', async (loginUrl) => {
    const [[, createApp] = []] = platforms;
    const options = { controller: { loginUrl: loginUrl as string } };
    await expect(toggleApp(createApp as NonNullable<typeof createApp>, { options })).rejects.toThrow(
      /controller\.loginUrl: expected a path/,
    );
  });
});

describe.each(mountings)('Behind a proxy on %s', (_, createApp, prefix) => {
  const FORM = {
    Accept: 'text/html',
    Cookie: 'session=ada',
    Host: 'internal:8080',
    Origin: 'https://shop.example',
  };

  it('that rewrites Host, the button of the page works without Sec-Fetch headers', async () => {
    const app = await toggleApp(createApp, { prefix });
    for (const action of ['on', 'off'] as const) {
      const token = await confirmToken(app, action);
      await request(app.base).post(`/${action}`).set(FORM).type('form').send({ token }).expect(303);
      expect(app.maintenance.isActive()).toBe(action === 'on');
    }
  });

  it.each([
    ['no token', undefined],
    ['an empty token', ''],
    ['a forged token', `${Date.now() + 60_000}.${'A'.repeat(43)}`],
  ])('that rewrites Host, %s is a 403', async (__, token) => {
    const { base, maintenance } = await toggleApp(createApp, { prefix });
    await request(base).post('/on').set(FORM).type('form').send({ token, reason: 'x' }).expect(403);
    expect(maintenance.isActive()).toBe(false);
  });

  it.each(['/on', '/on/', '/on?x=/y/'])(
    'that strips a path, the redirect of %s stays below it',
    async (path) => {
      const { base } = await toggleApp(createApp, { prefix });
      const answer = await request(base)
        .post(path)
        .set({ ...BEARER, Accept: 'text/html' });
      if (answer.status === 404) return; // Fastify: another path
      const stripped = `https://shop.example/behind${prefix}/maintenance-mode`;
      const { pathname } = new URL(String(answer.headers['location']), stripped + path);
      expect(pathname).toBe(`/behind${prefix}/maintenance-mode/admin`);
    },
  );
});
