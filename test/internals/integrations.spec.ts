import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, type INestApplication, Module, type Type } from '@nestjs/common';
import { ApplicationConfig, NestFactory } from '@nestjs/core';
import { GraphQLModule } from '@nestjs/graphql';
import { EventPattern, MessagePattern, Server as MicroserviceServer } from '@nestjs/microservices';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { WsAdapter } from '@nestjs/platform-ws';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { lastValueFrom, type Observable } from 'rxjs';
import type { Server as SocketIoServer, ServerOptions } from 'socket.io';
import { MaintenanceModule, MaintenanceOff, MaintenanceService, MemoryStorage } from '../../lib/index.js';
import { RabbitmqQueue } from '../../lib/integrations/microservices/event-delivery.js';
import { fetchedJob, putBack } from '../../lib/internals/bullmq.js';
import { graphqlServers, post } from '../support/graphql.js';
import { shop } from '../support/graphql-shop.js';
import { KeptLogs } from '../support/logs.js';
import { closeApps, platforms } from '../support/platforms.js';
import { closeClients, connectWs, ioClient } from '../support/web-sockets.js';

const apps: INestApplication[] = [];

afterEach(async () => {
  await closeClients();
  await closeApps();
  await Promise.all(apps.splice(0).map((app) => app.close()));
});

@WebSocketGateway({ path: '/chat' })
class Chat {
  static handled = 0;

  @SubscribeMessage('say')
  say(): string {
    Chat.handled += 1;
    return 'said';
  }
}

@Controller('health')
class HealthController {
  @Get()
  @MaintenanceOff()
  check(): string {
    return 'ok';
  }
}

/** Takes a method away while the integrations are made. */
async function createWithout(
  prototype: object,
  name: string,
  gateway: Type,
): Promise<[INestApplication, KeptLogs]> {
  @Module({
    imports: [MaintenanceModule.forRoot({ storage: new MemoryStorage() })],
    controllers: [HealthController],
    providers: [gateway],
  })
  class AppModule {}
  const logs = new KeptLogs();
  const method = Object.getOwnPropertyDescriptor(prototype, name) as PropertyDescriptor;
  Object.defineProperty(prototype, name, { value: undefined, configurable: true });
  try {
    const app = await NestFactory.create(AppModule, { logger: logs, abortOnError: false });
    apps.push(app);
    return [app, logs];
  } finally {
    Object.defineProperty(prototype, name, method);
  }
}

describe('If Nest does not ask for the adapter of gateways', () => {
  it('the application boots and warns, health checks answer, and messages are blocked', async () => {
    const [app, logs] = await createWithout(ApplicationConfig.prototype, 'getIoAdapter', Chat);
    app.useWebSocketAdapter(new WsAdapter(app));
    await app.listen(0, '127.0.0.1');
    expect(logs.lines).toEqual([
      expect.stringContaining('maintenance refuses no connections, only messages'),
    ]);
    const url = await app.getUrl();
    const client = await connectWs(`${url.replace('http', 'ws')}/chat`);
    await app.get(MaintenanceService).enable();
    expect((await fetch(`${url}/health`)).status).toBe(200);
    expect((await fetch(url)).status).toBe(503);
    client.send('say');
    expect(await client.next()).toMatchObject({ event: 'exception' });
    expect(Chat.handled).toBe(0);
  });
});

describe.each(platforms)('If engine.io shows no options on %s', (_, createApp) => {
  it('namespaces refuse connections', async () => {
    class OtherAdapter extends IoAdapter {
      override createIOServer(port: number, options?: ServerOptions): SocketIoServer {
        return new Proxy(super.createIOServer(port, options), {
          get: (target, name) => {
            if (name === 'engine') return undefined;
            const member: unknown = Reflect.get(target, name, target);
            return typeof member === 'function' ? member.bind(target) : member;
          },
        });
      }
    }
    @WebSocketGateway()
    class Gateway {}
    const { url, get } = await createApp({
      providers: [Gateway],
      configure: (app) => void app.useWebSocketAdapter(new OtherAdapter(app)),
    });
    await get(MaintenanceService).enable({ reason: 'New cables' });
    const socket = ioClient(url, 'websocket');
    const message = await new Promise((resolve) => {
      socket.once('connect', () => resolve('connected'));
      socket.once('connect_error', (error) => resolve(error.message));
    });
    expect(message).toBe('New cables');
  });
});

describe.each(graphqlServers)('If the driver of $name is not found', ({ create }) => {
  it('a POST counts as a change in read-only maintenance', async () => {
    const { app, url, get } = await create(shop);
    await get(MaintenanceService).enable({ mode: 'read-only' });
    expect((await post(url, '{ health }')).status).toBe(200);
    Object.defineProperty(app.get(GraphQLModule, { strict: false }), 'graphQlAdapter', { value: undefined });
    expect((await post(url, '{ health }')).status).toBe(503);
  });
});

describe('If a microservice registers its handlers in another way', () => {
  it('the application boots and warns, and the guard blocks messages', async () => {
    const handlers = new Map<unknown, (data: unknown) => Promise<Observable<unknown>>>();
    class OtherServer extends MicroserviceServer {
      listen(callback: () => void): void {
        callback();
      }
      close(): void {}
      on(): void {}
      unwrap(): never {
        throw new Error('There is nothing behind it.');
      }
    }
    const server = new OtherServer();
    let reads = 0;
    // Nest reads it to register a handler; the first time is ours.
    Object.defineProperty(server, 'addHandler', {
      get: () => {
        reads += 1;
        return reads === 1 ? undefined : (pattern: unknown, handler: never) => handlers.set(pattern, handler);
      },
    });
    const counted: string[] = [];
    @Controller()
    class Orders {
      @MessagePattern('count')
      count(): string {
        counted.push('count');
        return 'counted';
      }
      @EventPattern('sold')
      sold(_data: unknown): void {}
    }
    @Module({
      imports: [MaintenanceModule.forRoot({ storage: new MemoryStorage() })],
      controllers: [Orders],
    })
    class AppModule {}
    const logs = new KeptLogs();
    const app = await NestFactory.createMicroservice(AppModule, {
      strategy: server,
      logger: logs,
      abortOnError: false,
    });
    await app.listen();
    expect(logs.lines).toEqual([expect.stringContaining('only through global guards')]);
    await app.get(MaintenanceService).enable();
    const answer = handlers.get('count')?.({});
    await expect(answer?.then(async (stream) => lastValueFrom(stream))).rejects.toMatchObject({
      code: 'MAINTENANCE',
    });
    expect(counted).toEqual([]);
    await app.close();
  });
});

describe('If a channel of RabbitMQ has other methods', () => {
  it('it is set up all the same, and events are not kept by the broker', () => {
    const channels: object[] = [];
    const server = { setupChannel: (channel: object) => channels.push(channel) };
    const queue = RabbitmqQueue.of(server, () => 'paused');
    const channel = {};
    server.setupChannel(channel);
    expect(channels).toEqual([channel]);
    const context = { getMessage: () => ({}), getChannelRef: () => channel };
    expect(queue?.keep([{}, context], () => true)).toBe(false);
  });
});

describe('If a job of BullMQ cannot be moved', () => {
  it('it is neither completed nor failed, so that it is put back as stalled', async () => {
    const job = fetchedJob([{ token: 'lock' }, 'lock']);
    expect(job).not.toBeNull();
    await expect(job && putBack(job)).rejects.toMatchObject({
      name: 'DelayedError',
      cause: expect.objectContaining({ message: expect.stringContaining('cannot put a job back') }),
    });
  });
});
