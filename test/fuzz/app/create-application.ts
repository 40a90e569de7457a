import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type DynamicModule,
  type INestApplication,
  type MiddlewareConsumer,
  Module,
  type NestModule,
  RequestMethod,
  type Type,
  VersioningType,
} from '@nestjs/common';
import { HttpAdapterHost, NestFactory, RouterModule } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { ServeStaticModule } from '@nestjs/serve-static';
import { MaintenanceModule, MaintenanceService, MemoryStorage } from 'nestjs-maintenance-mode';
import type { Configuration } from '../configurations.js';
import { inFront, note, type Noted } from '../journal.js';
import { answering, CatchAll, markFile, passingOn, rewriting, sometimesAnswering } from './answers.js';
import * as handlers from './handlers.js';
import { addLayers, OpenCatchAll } from './layers.js';

export interface FuzzApplication {
  readonly port: number;
  enable(): Promise<void>;
  close(): Promise<void>;
}

const FILES = ['index.html', 'page.txt', 'open.txt', 'hosted.txt'];

@Module({ controllers: [handlers.NestedController] })
class NestedModule {}

/**
 * The whole application: whatever answers a request in it notes that it did, or marks its answer.
 *
 * @param withServeStatic without it, raw routes stand for the files. Jest cannot load @fastify/static, which requires an ES
 * module, before Node 24.9.
 */
export async function createApplication(
  configuration: Configuration,
  withServeStatic: boolean,
): Promise<FuzzApplication> {
  const files = await mkdtemp(join(tmpdir(), 'maintenance-fuzz-'));
  const removeFiles = async (): Promise<void> => rm(files, { recursive: true, force: true });
  try {
    await Promise.all(FILES.map((name) => writeFile(join(files, name), `file ${name}`)));
    const app = await boot(configuration, withServeStatic, files);
    return {
      port: (app.getHttpServer().address() as AddressInfo).port,
      enable: async () => void (await app.get(MaintenanceService).enable()),
      close: async () => {
        await app.close();
        await removeFiles();
      },
    };
  } catch (error) {
    await removeFiles();
    throw error;
  }
}

async function boot(
  configuration: Configuration,
  withServeStatic: boolean,
  files: string,
): Promise<INestApplication> {
  const onExpress = configuration.adapter === 'express';

  @Module({
    imports: [
      NestedModule,
      RouterModule.register([{ path: 'nested', module: NestedModule }]),
      ...(withServeStatic ? [serveStatic(files, configuration)] : []),
      MaintenanceModule.forRoot({
        storage: new MemoryStorage(),
        controller: false,
        ...(!configuration.inFront && !configuration.layers && { response: { context: () => ({}) } }),
        ...(configuration.layers && { ignore: { staff: true } }),
      }),
    ],
    controllers: controllersFor(configuration),
  })
  class AppModule implements NestModule {
    configure(consumer: MiddlewareConsumer): void {
      consumer.apply(answering('consumer')).forRoutes('consumer/answers');
      consumer.apply(passingOn).forRoutes('{*path}');
    }
  }

  const app = await NestFactory.create(AppModule, adapterFor(configuration), { logger: false });
  app.useGlobalFilters(new CatchAll(app.get(HttpAdapterHost)));
  if (configuration.prefix) {
    const exclude = [
      { path: 'off', method: RequestMethod.GET },
      { path: 'hosted', method: RequestMethod.ALL },
      { path: 'files/*splat', method: RequestMethod.ALL },
      { path: 'off/shadowed', method: RequestMethod.ALL },
      { path: 'off/rewritten', method: RequestMethod.ALL },
    ];
    app.setGlobalPrefix('api', { exclude });
  }
  if (configuration.versioning === 'uri') app.enableVersioning({ type: VersioningType.URI });
  if (configuration.versioning === 'header') {
    app.enableVersioning({ type: VersioningType.HEADER, header: 'X-Version' });
  }
  if (configuration.layers) await addLayers(app, onExpress);
  app.use(passingOn);
  app.use('/middleware', answering('app.use'));
  app.use(configuration.prefix ? '/api/off/middleware' : '/off/middleware', answering(inFront('app.use')));
  app.use('/off/all', sometimesAnswering);
  if (onExpress) app.use(rewriting);
  addRawRoute(app, onExpress, '/raw/early');
  addRawRoute(app, onExpress, '/raw/rewritten', inFront('rewritten'));
  addRawRoute(app, onExpress, '/off/raw/:any');
  if (onExpress) addRawRoute(app, onExpress, '/off/shadowed', inFront('raw route'));
  if (!withServeStatic) {
    for (const root of rootsOf(configuration))
      for (const name of [...FILES, '*']) addRawRoute(app, onExpress, `${root}/${name}`);
  }
  await app.init();
  addRawRoute(app, onExpress, '/raw/late');
  await app.listen(0, '127.0.0.1');
  return app;
}

/** Where the static files are. */
function rootsOf({ layers }: Configuration): string[] {
  return layers ? ['/files', '/open/files'] : ['/files'];
}

function serveStatic(rootPath: string, configuration: Configuration): DynamicModule {
  const roots = rootsOf(configuration).map((serveRoot, index) => ({
    rootPath,
    serveRoot,
    // Fastify decorates its replies only once.
    serveStaticOptions: { setHeaders: markFile, decorateReply: index === 0 },
  }));
  return ServeStaticModule.forRoot(...roots);
}

function adapterFor({ adapter }: Configuration): ExpressAdapter | FastifyAdapter {
  if (adapter === 'express') {
    const express = new ExpressAdapter();
    express.set('trust proxy', true);
    return express;
  }
  const loose = {
    ignoreTrailingSlash: true,
    caseSensitive: false,
    ignoreDuplicateSlashes: true,
    useSemicolonDelimiter: true,
  };
  return new FastifyAdapter({
    trustProxy: true,
    ...(adapter === 'fastify-loose' && { routerOptions: loose }),
  });
}

/** Fastify refuses a second handler for one method and path, but of another version. */
function controllersFor({ adapter, versioning, layers }: Configuration): Type[] {
  const onExpress = adapter === 'express';
  return [
    ...(layers ? [OpenCatchAll] : []),
    handlers.OffController,
    handlers.OtherController,
    handlers.ClassController,
    handlers.OpenItems,
    handlers.ClosedItems,
    handlers.FirstVersion,
    ...(onExpress || versioning !== 'none' ? [handlers.SecondVersion] : []),
    handlers.ManyVersions,
    handlers.HostedController,
    ...(onExpress ? [handlers.UnhostedController] : []),
    handlers.TenantController,
    ...(onExpress ? [handlers.NoTenantController] : []),
    handlers.FilesController,
    ...(onExpress ? [handlers.HostedFilesController] : []),
    onExpress ? handlers.OptionalPartsOnExpress : handlers.OptionalPartsOnFastify,
  ];
}

interface RawRouter {
  get(path: string, handler: (...parts: never[]) => unknown): unknown;
}

/** A route that Nest knows nothing of. */
function addRawRoute(app: INestApplication, onExpress: boolean, path: string, name = `raw ${path}`): void {
  const router = app.getHttpAdapter().getInstance() as RawRouter;
  const onFastify = (request: Noted): string => {
    note(request, name);
    return name;
  };
  router.get(path, onExpress ? answering(name) : onFastify);
}
