import type { AddressInfo } from 'node:net';
import type { INestApplication, LoggerService, ModuleMetadata, Type } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { MaintenanceModule, MemoryStorage } from '../../lib/index.js';

type ModuleOptions = NonNullable<Parameters<typeof MaintenanceModule.forRoot>[0]>;

export interface AppSettings extends Pick<ModuleMetadata, 'imports' | 'controllers' | 'providers'> {
  /** Of the maintenance module; the state is kept in memory unless they say otherwise. */
  readonly options?: ModuleOptions;
  /** Set up before the application listens. */
  readonly configure?: (app: INestApplication) => void | Promise<void>;
  readonly logger?: LoggerService | false;
}

/** An application that listens on a free port of this machine. */
export interface TestApp {
  readonly app: INestApplication;
  readonly url: string;
  readonly port: number;
  get<T>(token: Type<T>): T;
}

export type CreateApp = (settings?: AppSettings) => Promise<TestApp>;

const open = new Set<INestApplication>();

/** For `afterEach`: closes what the test has opened. */
export async function closeApps(): Promise<void> {
  const apps = [...open];
  open.clear();
  await Promise.all(apps.map((app) => app.close()));
}

function creator(adapter: () => ExpressAdapter | FastifyAdapter): CreateApp {
  return async ({ options = {}, configure, logger = false, imports = [], ...metadata } = {}) => {
    const testing = await Test.createTestingModule({
      imports: [MaintenanceModule.forRoot({ storage: new MemoryStorage(), ...options }), ...imports],
      ...metadata,
    }).compile();
    const app = testing.createNestApplication(adapter(), { logger });
    open.add(app);
    await configure?.(app);
    await app.listen(0, '127.0.0.1');
    const { port } = app.getHttpServer().address() as AddressInfo;
    return { app, port, url: `http://127.0.0.1:${port}`, get: (token) => app.get(token, { strict: false }) };
  };
}

/** For `describe.each`: both adapters. */
export const platforms: [name: 'express' | 'fastify', createApp: CreateApp][] = [
  ['express', creator(() => new ExpressAdapter())],
  ['fastify', creator(() => new FastifyAdapter())],
];
