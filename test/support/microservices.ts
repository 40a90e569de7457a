import type { AddressInfo } from 'node:net';
import type {
  INestApplicationContext,
  INestMicroservice,
  LoggerService,
  ModuleMetadata,
  NestHybridApplicationOptions,
  Type,
} from '@nestjs/common';
import { type ClientProxy, ClientProxyFactory, ServerTCP, Transport } from '@nestjs/microservices';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test, type TestingModule } from '@nestjs/testing';
import { firstValueFrom } from 'rxjs';
import { MaintenanceModule, MaintenanceService, MemoryStorage } from '../../lib/index.js';

type ModuleOptions = NonNullable<Parameters<typeof MaintenanceModule.forRoot>[0]>;

export interface MicroserviceSettings extends Pick<ModuleMetadata, 'imports' | 'controllers' | 'providers'> {
  readonly options?: ModuleOptions;
  readonly logger?: LoggerService | false;
}

/** A microservice on a free port of this machine, with a client of Nest that is connected to it. */
export interface TestMicroservice {
  readonly maintenance: MaintenanceService;
  readonly get: <T>(token: Type<T>) => T;
  readonly client: ClientProxy;
  /** The answer to a message. @throws what the client is told in its place. */
  readonly send: (pattern: unknown, data?: unknown) => Promise<unknown>;
  /** What the client is told in place of an answer. */
  readonly refusal: (pattern: unknown) => Promise<unknown>;
  /** Resolves when the event is on its way; events and messages of one client are taken in their order. */
  readonly emit: (pattern: unknown, data?: unknown) => Promise<void>;
}

export type StartMicroservice = (settings?: MicroserviceSettings) => Promise<TestMicroservice>;

const TCP = { transport: Transport.TCP as const, options: { host: '127.0.0.1', port: 0 } };

const open: (() => void | Promise<void>)[] = [];

/** For `afterEach`: closes what the test has started, clients first. */
export async function closeMicroservices(): Promise<void> {
  for (const close of open.splice(0).toReversed()) await close();
}

async function compile({
  imports = [],
  controllers,
  providers,
  options,
}: MicroserviceSettings): Promise<TestingModule> {
  const maintenance = MaintenanceModule.forRoot({ storage: new MemoryStorage(), ...options });
  return Test.createTestingModule({
    imports: [...imports, maintenance],
    controllers: controllers ?? [],
    providers: providers ?? [],
  }).compile();
}

/** A client of the server that the microservice listens with. */
export async function connect(
  app: INestApplicationContext,
  service: INestMicroservice,
): Promise<TestMicroservice> {
  const { port } = service.unwrap<{ address(): AddressInfo }>().address();
  const client = ClientProxyFactory.create({ ...TCP, options: { host: '127.0.0.1', port } });
  open.push(() => client.close());
  await client.connect();
  const send = async (pattern: unknown, data: unknown = {}): Promise<unknown> =>
    firstValueFrom(client.send(pattern, data));
  return {
    client,
    send,
    maintenance: app.get(MaintenanceService),
    get: (token) => app.get(token, { strict: false }),
    refusal: async (pattern) =>
      send(pattern).then(
        (answer) => {
          throw new Error(`It was answered: ${JSON.stringify(answer)}`);
        },
        (error: unknown) => error,
      ),
    emit: async (pattern, data = {}) => {
      await firstValueFrom(client.emit(pattern, data), { defaultValue: undefined });
    },
  };
}

function hybrid(
  adapter: () => ExpressAdapter | FastifyAdapter,
  hybridOptions: NestHybridApplicationOptions,
  strategy?: () => ServerTCP,
): StartMicroservice {
  return async (settings = {}) => {
    const app = (await compile(settings)).createNestApplication(adapter(), {
      logger: settings.logger ?? false,
    });
    open.push(() => app.close());
    const service = app.connectMicroservice(strategy ? { strategy: strategy() } : TCP, hybridOptions);
    await app.startAllMicroservices();
    await app.listen(0, '127.0.0.1');
    return connect(app, service);
  };
}

/** Connected when the application listens already. */
const late: StartMicroservice = async (settings = {}) => {
  const app = (await compile(settings)).createNestApplication(express(), {
    logger: settings.logger ?? false,
  });
  open.push(() => app.close());
  await app.listen(0, '127.0.0.1');
  const service = app.connectMicroservice(TCP);
  await app.startAllMicroservices();
  return connect(app, service);
};

const alone: StartMicroservice = async (settings = {}) => {
  const service = (await compile(settings)).createNestMicroservice({
    ...TCP,
    logger: settings.logger ?? false,
  });
  open.push(() => service.close());
  await service.listen();
  return connect(service, service);
};

const express = (): ExpressAdapter => new ExpressAdapter();
const fastify = (): FastifyAdapter => new FastifyAdapter();

interface Kind {
  readonly start: StartMicroservice;
  /** Whether Nest runs the application's global guards for it. */
  readonly hasGlobalGuards: boolean;
}

/** For `describe.each`: the ways in which an application can have a microservice. */
export const microservices: [name: string, kind: Kind][] = [
  ['a microservice alone', { start: alone, hasGlobalGuards: true }],
  ['a hybrid application', { start: hybrid(express, {}), hasGlobalGuards: false }],
  [
    'a hybrid application with inheritAppConfig',
    { start: hybrid(express, { inheritAppConfig: true }), hasGlobalGuards: true },
  ],
  [
    'a hybrid application on Fastify, initialized late',
    { start: hybrid(fastify, { deferInitialization: true }), hasGlobalGuards: false },
  ],
  [
    'a hybrid application with a strategy of its own',
    { start: hybrid(express, {}, () => new ServerTCP(TCP.options)), hasGlobalGuards: false },
  ],
  ['a hybrid application that listens already', { start: late, hasGlobalGuards: false }],
];
