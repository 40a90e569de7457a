import { writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Controller,
  Get,
  Header,
  type INestApplication,
  Post,
  Redirect,
  Res,
  Sse,
  StreamableFile,
} from '@nestjs/common';
import { Int, Mutation, Query, Resolver } from '@nestjs/graphql';
import { of, type Observable } from 'rxjs';
import request from 'supertest';
import {
  MaintenanceOff,
  MaintenanceOn,
  MaintenanceSafe,
  MaintenanceScope,
  MaintenanceService,
} from '../../lib/index.js';
import { graphqlServers, post } from '../support/graphql.js';
import { registerWrappers, wrappers } from '../support/middleware.js';
import { closeApps, platforms } from '../support/platforms.js';
import { makeDirectory, removeDirectories } from '../support/temporary-directory.js';

afterEach(async () => {
  await closeApps();
  await removeDirectories();
});

const load = createRequire(import.meta.url);

type Raw = Pick<ServerResponse, 'writeHead' | 'end' | 'setHeader'>;
const rawOf = (response: Raw | { raw: Raw; hijack(): void }): Raw => {
  if (!('raw' in response)) return response;
  response.hijack();
  return response.raw;
};

@Controller()
class PagesController {
  @Get('plain')
  plain(): string {
    return 'plain';
  }

  @Post('plain')
  written(): string {
    return 'written';
  }

  @Get('own')
  @Header('Cache-Control', 'public, max-age=60')
  own(): string {
    return 'own';
  }

  @Get('stream')
  stream(): StreamableFile {
    return new StreamableFile(Readable.from(['a', 'b']));
  }

  @Sse('events')
  events(): Observable<{ data: string }> {
    return of({ data: 'tick' });
  }

  @Get('moved')
  @Redirect('/plain')
  moved(): void {}

  @Get('failed')
  failed(): void {
    throw new Error('It fails.');
  }

  @Get('head/:kind')
  head(@Res() response: Raw): void {
    rawOf(response).writeHead(200, { 'X-Own': 'a' }).end('ok');
  }

  @Get('list')
  list(@Res() response: Raw): void {
    const list = ['X-Own', 'a', 'cache-control', 'max-age=7', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2'];
    rawOf(response).writeHead(200, list).end('ok');
  }

  @Get('pairs')
  pairs(@Res() response: Raw): void {
    const pairs = [
      ['Set-Cookie', 'a=1'],
      ['Set-Cookie', 'b=2'],
    ] as unknown as string[];
    rawOf(response).writeHead(200, pairs).end('ok');
  }

  @Get('list-of-values')
  listOfValues(@Res() response: Raw): void {
    const list = ['Set-Cookie', ['a=1', 'b=2', 'c=3'], 'X-Other', 'd'] as unknown as string[];
    rawOf(response).writeHead(200, list).end('ok');
  }

  @Get('off')
  @MaintenanceOff()
  off(): string {
    return 'off';
  }

  @Get('on')
  @MaintenanceOn()
  on(): string {
    return 'on';
  }

  @Get('billing')
  @MaintenanceScope('billing')
  billing(): string {
    return 'billing';
  }

  @Post('search')
  @MaintenanceSafe()
  search(): string {
    return 'found';
  }
}

const controllers = [PagesController];
const exempt = { controllers, options: { ignore: { ipAddresses: ['127.0.0.1'] } } };
const MARKED = { 'maintenance-mode': 'bypassed', 'cache-control': 'private' };

interface Answer {
  readonly headers: Readonly<Record<string, unknown>>;
}

function expectUnmarked({ headers }: Answer): void {
  expect(headers).not.toHaveProperty('maintenance-mode');
  expect(headers['cache-control'] ?? '').not.toContain('private');
}

describe.each(platforms)('An exempt request on %s', (platform, createApp) => {
  it.each<[method: 'get' | 'head' | 'post' | 'options', path: string, status: number, headers?: object]>([
    ['get', '/plain', 200],
    ['head', '/plain', 200],
    ['post', '/plain', 201],
    ['get', '/nowhere', 404],
    ['get', '/moved', 302],
    ['get', '/failed', 500],
    ['get', '/stream', 200],
    ['get', '/own', 200, { 'cache-control': 'public, max-age=60' }],
    ['get', '/events', 200, { 'cache-control': expect.stringContaining('no-store') }],
    ['get', '/head/object', 200, { 'x-own': 'a' }],
    ['get', '/list', 200, { 'x-own': 'a', 'cache-control': 'max-age=7', 'set-cookie': ['a=1', 'b=2'] }],
  ])('is marked, and private unless the application says otherwise: %s %s', async (...row) => {
    const [method, path, status, headers = {}] = row;
    const { url, get } = await createApp(exempt);
    const before = await request(url)[method](path).expect(status);
    expectUnmarked({ headers: { ...before.headers, 'cache-control': '' } });
    await get(MaintenanceService).enable();
    const during = await request(url)[method](path).expect(status);
    expect(during.headers).toMatchObject({ ...MARKED, ...headers });
    expect(during.text).toBe(before.text);
  });

  it('is not marked by a decorator, a safe method or handler, or the routes of the module', async () => {
    const { url, get } = await createApp(exempt);
    await get(MaintenanceService).enable({ mode: 'read-only' });
    for (const path of ['/plain', '/off', '/maintenance-mode']) {
      expectUnmarked(await request(url).get(path).expect(200));
    }
    expectUnmarked(await request(url).post('/search').expect(201));
    expect((await request(url).post('/plain').expect(201)).headers).toMatchObject(MARKED);
    await get(MaintenanceService).enable();
    expectUnmarked(await request(url).get('/off').expect(200));
    expect((await request(url).get('/on').expect(503)).headers).toMatchObject({
      'maintenance-mode': 'active',
      'cache-control': 'no-store',
    });
    await get(MaintenanceService).disable();
    expectUnmarked(await request(url).post('/plain').expect(201));
  });

  it('is marked in a scope, and not outside of it', async () => {
    const { url, get } = await createApp(exempt);
    await get(MaintenanceService).enable({ scope: 'billing' });
    expect((await request(url).get('/billing').expect(200)).headers).toMatchObject(MARKED);
    expectUnmarked(await request(url).get('/plain').expect(200));
  });

  it('is marked only as long as the rule applies', async () => {
    let isExempt = true;
    const options = { ignore: { when: () => isExempt } };
    const { url, get } = await createApp({ controllers, options });
    await get(MaintenanceService).enable({ mode: 'read-only' });
    await get(MaintenanceService).enable({ scope: 'billing' });
    const { headers } = await request(url).get('/billing').expect(200);
    isExempt = false;
    const again = await request(url).get('/billing').expect(503);
    expect(again.headers).toMatchObject({ 'maintenance-mode': 'active', 'cache-control': 'no-store' });
    expect(headers).toMatchObject(MARKED);
  });

  it('is marked if only the guards know the user', async () => {
    const { url, get } = await createApp({
      controllers,
      options: { ignore: { superusers: true } },
      configure: (app) =>
        void app.useGlobalGuards({
          canActivate: (context) => {
            const asked = context
              .switchToHttp()
              .getRequest<{ headers: Record<string, string>; user?: object }>();
            if (asked.headers['x-user'] === 'root') asked.user = { isSuperuser: true };
            return true;
          },
        }),
    });
    await get(MaintenanceService).enable();
    const { headers } = await request(url).get('/plain').set('X-User', 'root').expect(200);
    expect(headers).toMatchObject(MARKED);
    expect((await request(url).get('/own').set('X-User', 'root')).headers).toMatchObject({
      ...MARKED,
      'cache-control': 'public, max-age=60',
    });
    const blocked = await request(url).get('/plain').expect(503);
    expect(blocked.headers).toMatchObject({ 'maintenance-mode': 'active', 'cache-control': 'no-store' });
  });

  it('is marked if middleware answers in the place of a handler that waits for its guards', async () => {
    const { url, get } = await createApp({
      controllers,
      options: {
        ignore: { when: (asked: { headers: Record<string, string> }) => asked.headers['x-user'] === 'root' },
        user: { afterGuards: true },
      },
      configure: (app) => {
        app.use('/plain', (_: unknown, response: Raw) => response.end('file'));
        app.use('/own', (_: unknown, response: Raw) =>
          response.writeHead(200, { 'Cache-Control': 'max-age=7' }).end('file'),
        );
      },
    });
    await get(MaintenanceService).enable();
    const { headers, text } = await request(url).get('/plain').set('X-User', 'root').expect(200);
    expect({ text, headers }).toMatchObject({ text: 'file', headers: MARKED });
    const own = await request(url).get('/own').set('X-User', 'root').expect(200);
    expect(own.headers).toMatchObject({ ...MARKED, 'cache-control': 'max-age=7' });
    expect((await request(url).get('/plain').expect(503)).headers).toMatchObject({
      'maintenance-mode': 'active',
      'cache-control': 'no-store',
    });
  });

  it('keeps the headers of static files', async () => {
    const directory = await makeDirectory();
    await writeFile(join(directory, 'logo.svg'), '<svg/>');
    const { url, get } = await createApp({
      ...exempt,
      configure: async (app) => {
        if (platform === 'express') {
          const { static: serve } = load('express') as {
            static: (root: string, options: object) => (...args: unknown[]) => void;
          };
          app.use('/files', serve(directory, { maxAge: '1h' }));
          app.use('/uncached', serve(directory, { cacheControl: false }));
          return;
        }
        await registerFiles(app, directory);
      },
    });
    await get(MaintenanceService).enable();
    const { headers } = await request(url).get('/files/logo.svg').expect(200);
    expect(headers).toMatchObject({ ...MARKED, 'cache-control': 'public, max-age=3600' });
    const again = await request(url)
      .get('/files/logo.svg')
      .set('If-None-Match', String(headers['etag']))
      .expect(304);
    expect(again.headers).toMatchObject({ ...MARKED, 'cache-control': 'public, max-age=3600' });
    expect((await request(url).get('/uncached/logo.svg').expect(200)).headers).toMatchObject(MARKED);
    const part = await request(url).get('/files/logo.svg').set('Range', 'bytes=0-3').expect(206);
    expect(part.headers).toMatchObject({ 'maintenance-mode': 'bypassed', 'content-length': '4' });
  });

  it.each(wrappers)('is marked and complete behind %s', async (_, make) => {
    const { url, get } = await createApp({ ...exempt, configure: (app) => void app.use(make()) });
    await get(MaintenanceService).enable();
    for (const path of ['/plain', '/stream', '/own', '/events']) {
      const { headers, text } = await request(url).get(path).buffer(true).expect(200);
      expect(headers['maintenance-mode']).toBe('bypassed');
      if (path === '/plain') expect({ text, headers }).toMatchObject({ text: 'plain', headers: MARKED });
      if (path === '/own') expect(headers['cache-control']).toBe('public, max-age=60');
    }
  });
});

async function registerFiles(app: INestApplication, directory: string): Promise<void> {
  const fastify = app.getHttpAdapter().getInstance() as {
    register(plugin: unknown, options: object): PromiseLike<unknown>;
  };
  const files = load('@fastify/static') as unknown;
  await fastify.register(files, { root: directory, prefix: '/files/', maxAge: '1h' });
  await fastify.register(files, {
    root: directory,
    prefix: '/uncached/',
    cacheControl: false,
    decorateReply: false,
  });
}

describe.each(platforms.filter(([name]) => name === 'fastify'))('An exempt request on %s', (_, createApp) => {
  // Express has set a header by then, so that Node would not take them.
  it('may have headers that are a list of pairs', async () => {
    const { url, get } = await createApp(exempt);
    await get(MaintenanceService).enable();
    const { headers } = await request(url).get('/pairs').expect(200);
    expect(headers).toMatchObject({ ...MARKED, 'set-cookie': ['a=1', 'b=2'] });
  });

  it('may have headers that are a flat list, with a list of values', async () => {
    const { url, get } = await createApp(exempt);
    await get(MaintenanceService).enable();
    const { headers } = await request(url).get('/list-of-values').expect(200);
    expect(headers).toMatchObject({ ...MARKED, 'set-cookie': ['a=1', 'b=2', 'c=3'], 'x-other': 'd' });
  });

  it('is marked and complete behind plugins', async () => {
    const { url, get } = await createApp({
      ...exempt,
      configure: (app) => registerWrappers(app.getHttpAdapter().getInstance() as object),
    });
    await get(MaintenanceService).enable();
    const { headers, text } = await request(url).get('/plain').expect(200);
    expect({ text, headers }).toMatchObject({ text: 'plain', headers: MARKED });
    expect((await request(url).get('/own').expect(200)).headers).toMatchObject({
      ...MARKED,
      'cache-control': 'public, max-age=60',
    });
  });
});

@Resolver()
class CountResolver {
  @Query(() => Int)
  count(): number {
    return 1;
  }

  @Mutation(() => Int)
  raise(): number {
    return 2;
  }
}

describe.each(graphqlServers)('An exempt request with $name', (server) => {
  const options = { ignore: { ipAddresses: ['127.0.0.1'] } };

  it('is marked in full and in read-only maintenance', async () => {
    const { url, get } = await server.create({ resolvers: [CountResolver], options });
    await get(MaintenanceService).enable();
    const full = await post(url, '{ count }').expect(200);
    expect(full.headers['maintenance-mode']).toBe('bypassed');
    await get(MaintenanceService).enable({ mode: 'read-only' });
    const raised = await post(url, 'mutation { raise }').expect(200);
    expect(raised.body).toEqual({ data: { raise: 2 } });
    expect(raised.headers['maintenance-mode']).toBe('bypassed');
    expectUnmarked({ headers: { ...(await post(url, '{ count }')).headers, 'cache-control': '' } });
  });
});
