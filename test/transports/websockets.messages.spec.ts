import type { EventEmitter } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  Module,
  type Type,
  UseFilters,
  UseGuards,
} from '@nestjs/common';
import { ApplicationConfig } from '@nestjs/core';
import { MessageBody, SubscribeMessage, type WsResponse } from '@nestjs/websockets';
import {
  isMaintenanceException,
  MaintenanceModule,
  MaintenanceOff,
  MaintenanceOn,
  MaintenanceScope,
  MaintenanceService,
  MemoryStorage,
} from '../../lib/index.js';
import { closeApps } from '../support/platforms.js';
import { type Client, closeClients, gatewayAt, type SocketKind, sockets } from '../support/web-sockets.js';

class Handlers {
  /** What has run. */
  readonly seen: unknown[] = [];

  @SubscribeMessage('plain')
  plain(@MessageBody() data: unknown): WsResponse {
    this.seen.push(data);
    return { event: 'plain', data };
  }

  @SubscribeMessage('off')
  @MaintenanceOff()
  off(): WsResponse {
    return { event: 'off', data: null };
  }

  @SubscribeMessage('on')
  @MaintenanceOn()
  on(): WsResponse {
    return { event: 'on', data: null };
  }

  @SubscribeMessage('billing')
  @MaintenanceScope('billing')
  billing(): WsResponse {
    return { event: 'billing', data: null };
  }
}

/** A subclass: its handlers are the same functions in each of them. */
function gateway(kind: SocketKind, name: string, ...decorators: ClassDecorator[]): Type<Handlers> {
  class Gateway extends Handlers {}
  for (const decorate of [gatewayAt(kind, name), ...decorators]) decorate(Gateway);
  return Gateway;
}

function isTester({ headers }: { headers: Record<string, string> }): boolean {
  return headers['x-name'] === 'tester';
}

/** What comes back for a message: the event, or the code of the error. */
async function answer(client: Client, event: string): Promise<string> {
  client.send(event, 'hello');
  const reply = await client.next();
  return reply.event === 'exception' ? (reply.data as { code: string }).code : reply.event;
}

afterEach(async () => {
  await closeClients();
  await closeApps();
});

describe.each(sockets)('Messages by %s', (_, kind, createApp) => {
  it('are answered with a maintenance error, and handled again after it', async () => {
    const Gateway = gateway(kind, 'chat');
    const app = await createApp([Gateway]);
    const client = await kind.connect(app, 'chat');
    const maintenance = app.get(MaintenanceService);
    await maintenance.enable({ reason: 'New cables', endsAt: new Date(Date.now() + 60_000) });
    client.send('plain', 'lost');
    expect(await client.next()).toEqual({
      event: 'exception',
      data: {
        status: 'error',
        code: 'MAINTENANCE',
        message: 'New cables',
        statusCode: 503,
        reason: 'New cables',
        startsAt: null,
        endsAt: expect.stringMatching(/^\d{4}-.*Z$/),
        retryAfter: expect.any(Number),
        mode: 'full',
        scope: null,
        cause: { pattern: 'plain' },
      },
    });
    await maintenance.disable();
    client.send('plain', 'handled');
    expect(await client.next()).toEqual({ event: 'plain', data: 'handled' });
    expect(app.get(Gateway).seen).toEqual(['handled']);
  });

  it.each<[string, ClassDecorator[], [off: string, scope: string, application: string]]>([
    ['plain', [], ['plain', 'plain', 'MAINTENANCE']],
    ['off', [], ['off', 'off', 'off']],
    ['on', [], ['MAINTENANCE', 'MAINTENANCE', 'MAINTENANCE']],
    ['billing', [], ['billing', 'MAINTENANCE', 'MAINTENANCE']],
    ['plain', [MaintenanceOff()], ['plain', 'plain', 'plain']],
    ['on', [MaintenanceOff()], ['MAINTENANCE', 'MAINTENANCE', 'MAINTENANCE']],
    ['plain', [MaintenanceScope('billing')], ['plain', 'MAINTENANCE', 'MAINTENANCE']],
    ['off', [MaintenanceScope('billing')], ['off', 'off', 'off']],
    ['plain', [MaintenanceOn()], ['MAINTENANCE', 'MAINTENANCE', 'MAINTENANCE']],
  ])('%s of a gateway with %j: %j', async (event, decorators, expected) => {
    const app = await createApp([gateway(kind, 'chat', ...decorators), gateway(kind, 'other')]);
    const maintenance = app.get(MaintenanceService);
    const client = await kind.connect(app, 'chat');
    const off = await answer(client, event);
    await maintenance.enable({ scope: 'billing' });
    const scope = await answer(client, event);
    await maintenance.disable({ scope: 'billing' });
    await maintenance.enable();
    expect([off, scope, await answer(client, event)]).toEqual(expected);
  });

  it('are blocked in read-only mode, since they may be anything', async () => {
    const app = await createApp([gateway(kind, 'chat')]);
    await app.get(MaintenanceService).enable({ mode: 'read-only' });
    const client = await kind.connect(app, 'chat');
    client.send('plain');
    expect(await client.next()).toMatchObject({ data: { code: 'MAINTENANCE', mode: 'read-only' } });
    expect(await answer(client, 'off')).toBe('off');
  });

  it('pass if the request that opened the connection would pass, which is asked once for each', async () => {
    const asked: string[] = [];
    const when = async ({ headers }: { headers: Record<string, string> }): Promise<boolean> => {
      asked.push(headers['x-name'] ?? '');
      return isTester({ headers });
    };
    const app = await createApp([gateway(kind, 'chat')], { options: { ignore: { when } } });
    const tester = await kind.connect(app, 'chat', { headers: { 'X-Name': 'tester' } });
    const visitor = await kind.connect(app, 'chat', { headers: { 'X-Name': 'visitor' } });
    expect(await answer(visitor, 'plain')).toBe('plain');
    expect(asked).toEqual([]);
    await app.get(MaintenanceService).enable();
    expect(await answer(visitor, 'plain')).toBe('MAINTENANCE');
    expect(await answer(tester, 'plain')).toBe('plain');
    expect(asked).toEqual(['visitor', 'tester']);
  });

  it('reach neither guards of the gateway nor pipes, and its filter knows them from other errors', async () => {
    const ran: string[] = [];
    const guard = { canActivate: () => ran.push('guard') > 0 };
    @Catch()
    class Filter implements ExceptionFilter {
      catch(error: Error, host: ArgumentsHost): void {
        ran.push(`filter: ${error.message}, ${isMaintenanceException(error.cause)}`);
        const client = host.switchToWs().getClient<{ send(text: string): void; emit(name: string): void }>();
        if (kind.name === 'ws') client.send('{"event":"own"}');
        else client.emit('own');
      }
    }
    const app = await createApp([gateway(kind, 'chat', UseGuards(guard), UseFilters(new Filter()))]);
    const client = await kind.connect(app, 'chat');
    expect(await answer(client, 'plain')).toBe('plain');
    await app.get(MaintenanceService).enable({ reason: 'New cables' });
    expect(await answer(client, 'plain')).toBe('own');
    expect(ran).toEqual(['guard', 'filter: New cables, true']);
  });

  it('are blocked by the class of the gateway where Nest runs no global guards for it, as NestJS 11', async () => {
    const app = await createApp([gateway(kind, 'chat')], {
      options: { ignore: { when: isTester } },
      configure: (nest) => void nest.get(ApplicationConfig).getGlobalGuards().splice(0),
    });
    const visitor = await kind.connect(app, 'chat');
    const tester = await kind.connect(app, 'chat', { headers: { 'X-Name': 'tester' } });
    expect(await answer(visitor, 'plain')).toBe('plain');
    await app.get(MaintenanceService).enable();
    expect(await answer(visitor, 'plain')).toBe('MAINTENANCE');
    expect(await answer(visitor, 'off')).toBe('off');
    expect(await answer(tester, 'plain')).toBe('plain');
  });

  it('are answered once if a filter tells the connection by emit, as that of NestJS 11', async () => {
    @Catch()
    class Filter implements ExceptionFilter {
      catch(error: Error & { getError(): unknown }, host: ArgumentsHost): void {
        host.switchToWs().getClient<EventEmitter>().emit('exception', error.getError());
      }
    }
    @gatewayAt(kind, 'chat')
    class Second {
      @SubscribeMessage('second')
      second(): void {}
    }
    const app = await createApp([gateway(kind, 'chat', UseFilters(new Filter())), Second]);
    const client = await kind.connect(app, 'chat');
    await app.get(MaintenanceService).enable();
    expect([await answer(client, 'plain'), await answer(client, 'off')]).toEqual(['MAINTENANCE', 'off']);
  });

  it('of one class in two applications of a process are judged by the state of their own', async () => {
    const Gateway = gateway(kind, 'chat');
    const [blocked, open] = [await createApp([Gateway]), await createApp([Gateway])];
    const without = await createApp([Gateway], { maintenance: null });
    await blocked.get(MaintenanceService).enable({ scope: 'any' });
    const clients = await Promise.all([blocked, open, without].map(async (app) => kind.connect(app, 'chat')));
    await blocked.get(MaintenanceService).enable();
    expect(await Promise.all(clients.map(async (client) => answer(client, 'plain')))).toEqual([
      'MAINTENANCE',
      'plain',
      'plain',
    ]);
  });

  it('are blocked wherever the module is imported', async () => {
    const Gateway = gateway(kind, 'chat');
    @Module({ providers: [Gateway], exports: [Gateway] })
    class Feature {}
    const maintenance = MaintenanceModule.forRoot({ storage: new MemoryStorage() });
    const app = await createApp([], { maintenance: null, imports: [Feature, maintenance] });
    const client = await kind.connect(app, 'chat');
    await app.get(MaintenanceService).enable();
    expect(await answer(client, 'plain')).toBe('MAINTENANCE');
  });
});
