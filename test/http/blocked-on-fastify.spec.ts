import { EventEmitter, once } from 'node:events';
import { Agent, createServer, get as httpGet, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type INestApplication, Module, type NestModule, type Type } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyServerOptions } from 'fastify';
import { MaintenanceModule, MaintenanceService, MemoryStorage } from '../../lib/index.js';
import { expectBlocked } from '../adversarial/blocked.js';
import { ClosedController, OffController } from '../adversarial/routes.js';
import { rawRequest } from '../support/raw-request.js';

interface Started {
  readonly app: INestApplication;
  readonly port: number;
  /** How many requests Fastify has seen since the start. */
  readonly seen: () => number;
}

const apps = new Set<INestApplication>();

afterEach(async () => {
  await Promise.all([...apps].map((app) => app.close()));
  apps.clear();
});

/** An application in maintenance. */
async function start(
  options: FastifyServerOptions = {},
  configure: (instance: FastifyInstance, adapter: FastifyAdapter) => void = () => undefined,
  imports: readonly Type[] = [],
): Promise<Started> {
  let seen = 0;
  const genReqId = (): string => String((seen += 1));
  const adapter = new FastifyAdapter({ genReqId, ...options });
  const testing = await Test.createTestingModule({
    imports: [MaintenanceModule.forRoot({ storage: new MemoryStorage() }), ...imports],
    controllers: [OffController, ClosedController],
  }).compile();
  const app = testing.createNestApplication(adapter, { logger: false });
  apps.add(app);
  configure(adapter.getInstance(), adapter);
  await app.listen(0, '127.0.0.1');
  await app.get(MaintenanceService).enable();
  return { app, port: (app.getHttpServer().address() as AddressInfo).port, seen: () => seen };
}

describe('A blocked request on Fastify', () => {
  it('reaches Fastify', async () => {
    const { port, seen, app } = await start();
    expectBlocked(await rawRequest(port, '/closed'));
    expectBlocked(await rawRequest(port, '/nowhere'));
    expect(seen()).toBe(2);
    expect(await rawRequest(port, '/off')).toMatchObject({ status: 200, body: 'off' });
    await app.get(MaintenanceService).disable();
    expect(await rawRequest(port, '/closed')).toMatchObject({ status: 200, body: 'closed' });
    expect(seen()).toBe(4);
  });

  it('is in the log of Fastify if that logs requests', async () => {
    const lines: { msg: string; res?: { statusCode: number } }[] = [];
    const stream = new Writable({
      write(chunk: Buffer, _, done) {
        lines.push(JSON.parse(chunk.toString()) as (typeof lines)[number]);
        done();
      },
    });
    const { port } = await start({ logger: { stream } });
    lines.length = 0;
    expectBlocked(await rawRequest(port, '/closed'));
    expect(lines.map(({ msg, res }) => [msg, res?.statusCode])).toEqual([
      ['incoming request', undefined],
      ['request completed', 503],
    ]);
  });

  it.each<[string, (tell: (reply: FastifyReply) => void) => Parameters<typeof start>[1]]>([
    [
      'the application has added',
      (tell) => (instance) => void instance.addHook('onResponse', async (_, reply) => tell(reply)),
    ],
    [
      'a plugin has added',
      (tell) => (instance) =>
        void instance.register(async (plugin) => {
          plugin.addHook('onResponse', async (_, reply) => tell(reply));
          plugin.get('/closed/of-plugin', async () => 'closed');
        }),
    ],
    [
      'the adapter was given',
      (tell) => (_, adapter) => adapter.setOnResponseHook(async (__, reply) => tell(reply)),
    ],
  ])('runs the response hook that %s', async (_, configure) => {
    const told: unknown[] = [];
    const tell = ({ raw }: FastifyReply): void =>
      void told.push([raw.statusCode, raw.getHeader('Maintenance-Mode')]);
    const { port } = await start({}, configure(tell));
    expectBlocked(await rawRequest(port, '/closed/of-plugin'));
    expect(told).toEqual([[503, 'active']]);
  });

  it('is decided on by the URL that rewriteUrl returns', async () => {
    const { port } = await start({ rewriteUrl: ({ url = '' }) => url.replace('/alias', '/off') });
    expect(await rawRequest(port, '/alias')).toMatchObject({ status: 200, body: 'off' });
    expectBlocked(await rawRequest(port, '/closed'));
  });

  it('does not include requests that a serverFactory answers itself', async () => {
    const { port } = await start({
      serverFactory: (handler) =>
        createServer((request, response) => {
          if (request.url === '/elsewhere') response.end('elsewhere');
          else handler(request, response);
        }),
    });
    expect(await rawRequest(port, '/elsewhere')).toMatchObject({ status: 200, body: 'elsewhere' });
    expectBlocked(await rawRequest(port, '/closed'));
  });

  it('does not include an @MaintenanceOff route that a hook registers again under another URL', async () => {
    @Module({})
    class AliasModule implements NestModule {
      constructor(private readonly host: HttpAdapterHost) {}

      /** Behind the hook of this package. */
      configure(): void {
        const instance = this.host.httpAdapter.getInstance<FastifyInstance>();
        instance.addHook('onRoute', (route) => {
          if (route.url === '/off') instance.route({ ...route, url: '/alias' });
        });
      }
    }
    const { port } = await start({}, undefined, [AliasModule]);
    expect(await rawRequest(port, '/alias')).toMatchObject({ status: 200, body: 'off' });
    expectBlocked(await rawRequest(port, '/closed'));
  });

  it('does not include routes of a server that contains the application as a plugin', async () => {
    const outer = fastify();
    outer.get('/metrics', async () => 'metrics');
    let inner: FastifyInstance | undefined;
    await outer.register(async (context) => void (inner = context));
    const testing = await Test.createTestingModule({
      imports: [MaintenanceModule.forRoot({ storage: new MemoryStorage() })],
      controllers: [OffController, ClosedController],
    }).compile();
    const app = testing.createNestApplication(new FastifyAdapter(inner as never), { logger: false });
    apps.add(app);
    await app.init();
    await outer.listen({ port: 0, host: '127.0.0.1' });
    await app.get(MaintenanceService).enable();
    const { port } = outer.server.address() as AddressInfo;
    expect(await rawRequest(port, '/metrics')).toMatchObject({ status: 200, body: 'metrics' });
    expectBlocked(await rawRequest(port, '/closed'));
  });

  it('is left to Fastify while it closes, which ends the connection', async () => {
    const steps = new EventEmitter();
    const { app, port } = await start({}, (instance) => {
      instance.addHook('preClose', async () => {
        steps.emit('begun');
        await once(steps, 'end');
      });
    });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ask = async (): Promise<IncomingMessage> => {
      const [response] = (await once(httpGet({ port, path: '/closed', agent }), 'response')) as [
        IncomingMessage,
      ];
      await once(response.resume(), 'end');
      return response;
    };
    expect((await ask()).headers.connection).toBe('keep-alive');
    const begun = once(steps, 'begun');
    const closed = app.close();
    apps.delete(app);
    await begun;
    const answer = await ask();
    expect([answer.statusCode, answer.headers.connection]).toEqual([503, 'close']);
    steps.emit('end');
    await closed;
    agent.destroy();
  });
});
