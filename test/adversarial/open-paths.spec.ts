import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type INestApplication, type MiddlewareConsumer, Module, type NestModule } from '@nestjs/common';
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import express from 'express';
import { MaintenanceModule, MaintenanceService, MemoryStorage } from '../../lib/index.js';
import { closeApps, platforms } from '../support/platforms.js';
import { rawRequest } from '../support/raw-request.js';
import { makeDirectory, removeDirectories } from '../support/temporary-directory.js';
import { expectBlocked } from './blocked.js';
import { everywhere } from './layouts.js';
import { addRawRoute, answering, type Middleware } from './raw-parts.js';
import { ClosedController, OffController } from './routes.js';

afterEach(closeApps);
afterEach(removeDirectories);

const passingOn: Middleware = (_request, response, next) => {
  response.setHeader('X-Passed', 'yes');
  next();
};

describe.each(everywhere)('At the path of an @MaintenanceOff route, on %s,', (_, { base, createApp }) => {
  it('middleware that answers instead is blocked', async () => {
    const { port, get } = await createApp({
      controllers: [OffController],
      configure: (app) => void app.use(`${base}/off`, answering(200, 'middleware')),
    });
    expect(await rawRequest(port, `${base}/off`)).toMatchObject({ status: 200, body: 'middleware' });
    await get(MaintenanceService).enable();
    const answer = await rawRequest(port, `${base}/off`);
    expectBlocked(answer);
    expect(answer.body).not.toContain('middleware');
    await get(MaintenanceService).disable();
    expect(await rawRequest(port, `${base}/off`)).toMatchObject({ status: 200, body: 'middleware' });
  });

  it('in read-only mode middleware that answers a request that reads is free to, and no other', async () => {
    const { port, get } = await createApp({
      controllers: [OffController],
      configure: (app) => void app.use(`${base}/off`, answering(200, 'middleware')),
    });
    await get(MaintenanceService).enable({ mode: 'read-only' });
    expect(await rawRequest(port, `${base}/off`)).toMatchObject({ status: 200, body: 'middleware' });
    expect((await rawRequest(port, `${base}/off`, {}, 'DELETE')).status).toBe(503);
  });

  it.each<[number, Record<string, string>]>([
    [401, { 'WWW-Authenticate': 'Basic realm="x"' }],
    [403, {}],
    [302, { Location: '/login' }],
  ])('middleware that refuses with %i belongs to the route', async (status, headers) => {
    const { port, get } = await createApp({
      controllers: [OffController, ClosedController],
      configure: (app) => {
        app.use(`${base}/off`, answering(status, 'refused', headers));
        app.use(`${base}/closed`, answering(status, 'refused', headers));
      },
    });
    await get(MaintenanceService).enable();
    const answer = await rawRequest(port, `${base}/off`);
    expect(answer).toMatchObject({ status, body: 'refused' });
    for (const [name, value] of Object.entries(headers))
      expect(answer.headers[name.toLowerCase()]).toBe(value);
    expectBlocked(await rawRequest(port, `${base}/closed`));
  });

  it('middleware that passes on runs, and the route answers', async () => {
    const { port, get } = await createApp({
      controllers: [OffController],
      configure: (app) => void app.use(passingOn),
    });
    await get(MaintenanceService).enable();
    expect(await rawRequest(port, `${base}/off`)).toMatchObject({
      status: 200,
      body: 'off',
      headers: { 'x-passed': 'yes' },
    });
  });
});

describe.each(platforms)('At the path of an @MaintenanceOff route, on %s,', (_, createApp) => {
  it("a module's middleware that answers instead is blocked", async () => {
    @Module({})
    class AnsweringModule implements NestModule {
      configure(consumer: MiddlewareConsumer): void {
        consumer.apply(answering(200, 'middleware')).forRoutes('off');
      }
    }
    const { port, get } = await createApp({ imports: [AnsweringModule], controllers: [OffController] });
    expect(await rawRequest(port, '/off')).toMatchObject({ status: 200, body: 'middleware' });
    await get(MaintenanceService).enable();
    expectBlocked(await rawRequest(port, '/off'));
  });
});

describe('At the path of an @MaintenanceOff route, on express,', () => {
  const apps = new Set<INestApplication>();

  afterEach(async () => {
    await Promise.all([...apps].map((app) => app.close()));
    apps.clear();
  });

  async function listening(
    instance: express.Express | undefined,
    configure?: (app: NestExpressApplication) => void,
  ): Promise<{ port: number; maintenance: MaintenanceService }> {
    const testing = await Test.createTestingModule({
      imports: [MaintenanceModule.forRoot({ storage: new MemoryStorage() })],
      controllers: [OffController, ClosedController],
    }).compile();
    const app = testing.createNestApplication<NestExpressApplication>(new ExpressAdapter(instance), {
      logger: false,
    });
    apps.add(app);
    configure?.(app);
    await app.listen(0, '127.0.0.1');
    const { port } = app.getHttpServer().address() as { port: number };
    return { port, maintenance: app.get(MaintenanceService) };
  }

  it('a file that would be served instead is not', async () => {
    const directory = await makeDirectory();
    await mkdir(join(directory, 'closed'));
    await writeFile(join(directory, 'off'), 'the file');
    const { port, maintenance } = await listening(undefined, (app) => void app.useStaticAssets(directory));
    expect(await rawRequest(port, '/off')).toMatchObject({ status: 200, body: 'the file' });
    await maintenance.enable();
    for (const path of ['/off', '/%6fff', '/closed', '/closed/']) {
      const answer = await rawRequest(port, path);
      expectBlocked(answer);
      expect(answer.body).not.toContain('the file');
    }
    // There is no such file for these: the route is reached.
    expect(await rawRequest(port, '/off', {}, 'POST')).toMatchObject({ status: 200, body: 'off' });
  });

  it('a raw route that stands before it is blocked', async () => {
    const { port, maintenance } = await listening(undefined, (app) => addRawRoute(app, '/off', 'raw'));
    expect(await rawRequest(port, '/off')).toMatchObject({ status: 200, body: 'raw' });
    await maintenance.enable();
    expectBlocked(await rawRequest(port, '/off'));
    expect(await rawRequest(port, '/off', {}, 'POST')).toMatchObject({ status: 200, body: 'off' });
  });

  it('middleware that makes another URL of it opens no other route', async () => {
    const { port, maintenance } = await listening(undefined, (app) => {
      app.use((request: { url: string }, _response: unknown, next: () => void) => {
        if (request.url.startsWith('/off?to=')) request.url = request.url.slice('/off?to='.length);
        next();
      });
      addRawRoute(app, '/raw', 'raw');
    });
    const targets = { '/off?to=/closed': 'closed', '/off?to=/raw': 'raw' };
    for (const [target, body] of Object.entries(targets)) {
      expect(await rawRequest(port, target)).toMatchObject({ status: 200, body });
    }
    await maintenance.enable();
    for (const target of [...Object.keys(targets), '/off?to=/nowhere'])
      expectBlocked(await rawRequest(port, target));
    expect(await rawRequest(port, '/off')).toMatchObject({ status: 200, body: 'off' });
  });

  it('what an Express instance had before Nest got it is blocked too', async () => {
    const instance = express();
    instance.get('/before', (_request, response) => void response.send('before'));
    instance.use('/off', (request, response, next) => {
      if (request.query['before'] === undefined) next();
      else response.send('before');
    });
    const { port, maintenance } = await listening(instance);
    expect(await rawRequest(port, '/before')).toMatchObject({ status: 200, body: 'before' });
    expect(await rawRequest(port, '/off?before')).toMatchObject({ status: 200, body: 'before' });
    await maintenance.enable();
    for (const path of ['/before', '/off?before', '/closed', '/nowhere'])
      expectBlocked(await rawRequest(port, path));
    expect(await rawRequest(port, '/off')).toMatchObject({ status: 200, body: 'off' });
  });
});
