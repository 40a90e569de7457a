import type { AddressInfo } from 'node:net';
import type { DynamicModule, INestApplication, LoggerService, ModuleMetadata, Type } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { MaintenanceModule, MemoryStorage } from '../../lib/index.js';

type ModuleOptions = NonNullable<Parameters<typeof MaintenanceModule.forRoot>[0]>;

export interface AppSettings extends Pick<ModuleMetadata, 'imports' | 'controllers' | 'providers'> {
  /** Of the maintenance module; the state is kept in memory unless they say otherwise. */
  readonly options?: ModuleOptions;
  /** The maintenance module, where `options` cannot say it; null: none but what `imports` bring. */
  readonly maintenance?: DynamicModule | null;
  /** Whether `X-Forwarded-*` is believed. Default: false. */
  readonly trustProxy?: boolean;
  /** Whether Nest reads bodies. Default: true. */
  readonly bodyParser?: boolean;
  /** Set up before the application listens. */
  readonly configure?: (app: INestApplication) => void | Promise<void>;
  readonly logger?: LoggerService | false;
}

/** An application that listens on a free port of this machine. */
export interface TestApp {
  readonly app: INestApplication;
  readonly url: string;
  readonly port: number;
  readonly get: <T>(token: Type<T>) => T;
}

export type CreateApp = (settings?: AppSettings) => Promise<TestApp>;

const open = new Set<INestApplication>();

/** For `afterEach`: closes what the test has opened. */
export async function closeApps(): Promise<void> {
  const apps = [...open];
  open.clear();
  await Promise.all(apps.map((app) => app.close()));
}

function creator(adapter: (trustProxy: boolean) => ExpressAdapter | FastifyAdapter): CreateApp {
  return async (settings = {}) => {
    const { options = {}, maintenance, trustProxy = false, configure, logger = false } = settings;
    const { bodyParser = true } = settings;
    const { imports = [], controllers = [], providers = [] } = settings;
    const module =
      maintenance === undefined
        ? MaintenanceModule.forRoot({ storage: new MemoryStorage(), ...options })
        : maintenance;
    const testing = await Test.createTestingModule({
      imports: module === null ? imports : [module, ...imports],
      controllers,
      providers,
    }).compile();
    const app = testing.createNestApplication(adapter(trustProxy), { logger, bodyParser });
    open.add(app);
    // As `NestFactory` does, and the testing module does not: NestJS 11.0 takes no middleware on Fastify before.
    await app.getHttpAdapter().init?.();
    await configure?.(app);
    await app.listen(0, '127.0.0.1');
    const { port } = app.getHttpServer().address() as AddressInfo;
    return { app, port, url: `http://127.0.0.1:${port}`, get: (token) => app.get(token, { strict: false }) };
  };
}

function expressAdapter(trustProxy: boolean): ExpressAdapter {
  const adapter = new ExpressAdapter();
  adapter.set('trust proxy', trustProxy);
  return adapter;
}

/** For `describe.each`: both adapters. */
export const platforms: [name: 'express' | 'fastify', createApp: CreateApp][] = [
  ['express', creator(expressAdapter)],
  ['fastify', creator((trustProxy) => new FastifyAdapter({ trustProxy }))],
];
