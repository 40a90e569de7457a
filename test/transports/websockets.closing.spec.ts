import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Type } from '@nestjs/common';
import { MessageBody, SubscribeMessage, type WsResponse } from '@nestjs/websockets';
import { FileStorage, MaintenanceOff, MaintenanceScope, MaintenanceService } from '../../lib/index.js';
import { bootError } from '../support/boot-error.js';
import { closeApps } from '../support/platforms.js';
import { makeDirectory, removeDirectories } from '../support/temporary-directory.js';
import { until } from '../support/until.js';
import {
  type Client,
  closeClients,
  gatewayAt,
  ioClient,
  type SocketKind,
  sockets,
} from '../support/web-sockets.js';

function gateway(kind: SocketKind, name: string, ...decorators: ClassDecorator[]): Type {
  class Gateway {
    @SubscribeMessage('echo')
    echo(@MessageBody() data: unknown): WsResponse {
      return { event: 'echo', data };
    }
  }
  for (const decorate of [gatewayAt(kind, name), ...decorators]) decorate(Gateway);
  return Gateway;
}

const options = { close: { webSockets: true } };

/** Answers, so all that was sent before has arrived, a close too. */
async function echoes(client: Client): Promise<boolean> {
  client.send('echo', 'still there');
  return (await client.next()).event === 'echo' && client.isOpen();
}

afterEach(async () => {
  await closeClients();
  await closeApps();
  await removeDirectories();
});

describe.each(sockets)('When maintenance begins, connections by %s', (_, kind, createApp) => {
  it('stay open unless the options close them', async () => {
    const app = await createApp([gateway(kind, 'chat')]);
    const maintenance = app.get(MaintenanceService);
    const client = await kind.connect(app, 'chat');
    await maintenance.enable();
    client.send('echo');
    expect(await client.next()).toMatchObject({ event: 'exception' });
    await maintenance.disable();
    expect(await echoes(client)).toBe(true);
  });

  it('are told why and closed if the options say so', async () => {
    @gatewayAt(kind, 'chat')
    class Second {
      @SubscribeMessage('second')
      second(): void {}
    }
    const app = await createApp([gateway(kind, 'chat'), Second], { options });
    const client = await kind.connect(app, 'chat');
    await app.get(MaintenanceService).enable({ reason: 'New cables' });
    expect(await client.next()).toMatchObject({
      event: 'exception',
      data: { status: 'error', code: 'MAINTENANCE', message: 'New cables', retryAfter: 3600 },
    });
    expect(await client.closed).toEqual(
      kind.name === 'ws' ? { code: 1013, reason: 'New cables' } : { reason: 'transport close' },
    );
    expect(client.unread()).toEqual([]);
  });

  it('are closed when a window begins', async () => {
    const app = await createApp([gateway(kind, 'chat')], { options });
    const client = await kind.connect(app, 'chat');
    await app.get(MaintenanceService).enable({ startsAt: new Date(Date.now() + 200) });
    expect(client.isOpen()).toBe(true);
    expect(await client.next()).toMatchObject({ event: 'exception', data: { code: 'MAINTENANCE' } });
    await client.closed;
  });

  it('are closed in every process that learns of it', async () => {
    const path = join(await makeDirectory(), 'state.json');
    const shared = () => ({ ...options, storage: new FileStorage({ path }), sync: { pollIntervalMs: 50 } });
    const [here, there] = [
      await createApp([gateway(kind, 'chat')], { options: shared() }),
      await createApp([gateway(kind, 'chat')], { options: shared() }),
    ];
    const client = await kind.connect(there, 'chat');
    await here.get(MaintenanceService).enable();
    await client.closed;
  });

  it('stay if they would be made now, and if the gateway is open', async () => {
    const secret = 'correct horse battery staple';
    const app = await createApp([gateway(kind, 'chat'), gateway(kind, 'status', MaintenanceOff())], {
      options: { ...options, bypass: { secret } },
    });
    const tester = await kind.connect(app, 'chat', { headers: { 'Maintenance-Bypass': secret } });
    const status = await kind.connect(app, 'status');
    const visitor = await kind.connect(app, 'chat');
    await app.get(MaintenanceService).enable();
    await visitor.closed;
    expect([await echoes(tester), await echoes(status)]).toEqual([true, true]);
  });

  it('are closed with their scope, and others stay', async () => {
    const app = await createApp(
      [gateway(kind, 'billing', MaintenanceScope('billing')), gateway(kind, 'chat')],
      { options },
    );
    const maintenance = app.get(MaintenanceService);
    const [billing, chat] = [await kind.connect(app, 'billing'), await kind.connect(app, 'chat')];
    await maintenance.enable({ scope: 'billing' });
    expect(await billing.closed).toMatchObject(
      kind.name === 'ws' ? { code: 1013 } : { reason: 'io server disconnect' },
    );
    expect(await echoes(chat)).toBe(true);
    await maintenance.enable();
    await chat.closed;
  });

  it('stay in read-only mode, until it becomes full', async () => {
    const app = await createApp([gateway(kind, 'chat')], { options });
    const maintenance = app.get(MaintenanceService);
    const client = await kind.connect(app, 'chat');
    await maintenance.enable({ mode: 'read-only' });
    client.send('echo');
    expect(await client.next()).toMatchObject({ data: { mode: 'read-only' } });
    expect(client.isOpen()).toBe(true);
    await maintenance.enable({ mode: 'full' });
    await client.closed;
  });

  it('do not keep the application from closing', async () => {
    const app = await createApp([gateway(kind, 'chat')], { options });
    const client = await kind.connect(app, 'chat');
    await Promise.all([app.app.close(), client.closed]);
  });
});

describe.each(sockets.filter(([, kind]) => kind.name === 'ws'))(
  'The close frame of %s',
  (_, kind, createApp) => {
    it.each([
      ['a'.repeat(123), 'a'.repeat(123)],
      ['a'.repeat(124), `${'a'.repeat(120)}…`],
      ['é'.repeat(70), `${'é'.repeat(60)}…`],
      ['a' + '😀'.repeat(40), `a${'😀'.repeat(29)}…`],
    ])('has as much of %j as it can hold', async (reason, said) => {
      const app = await createApp([gateway(kind, 'chat')], { options });
      const client = await kind.connect(app, 'chat');
      await app.get(MaintenanceService).enable({ reason });
      expect(await client.closed).toEqual({ code: 1013, reason: said });
    });
  },
);

describe('close.webSockets', () => {
  it('is checked when the application boots', async () => {
    const error = await bootError({ close: { webSockets: 'yes' } });
    expect(error).toMatchObject({ path: 'close.webSockets' });
  });
});

describe.each(sockets.filter(([, kind]) => kind.name === 'socket.io'))(
  'A client of %s',
  (_, kind, createApp) => {
    it('is told in each namespace, and comes back by itself when maintenance is over', async () => {
      const app = await createApp([gateway(kind, 'chat'), gateway(kind, 'news')], { options });
      const maintenance = app.get(MaintenanceService);
      const chat = ioClient(`${app.url}/chat`, 'websocket');
      chat.io.reconnection(true);
      chat.io.reconnectionDelay(10);
      chat.io.reconnectionDelayMax(20);
      const news = chat.io.socket('/news').connect();
      await until('both connected', () => chat.connected && news.connected);
      const told: unknown[] = [];
      for (const socket of [chat, news])
        socket.on('exception', ({ code }: { code: string }) => told.push(code));
      await maintenance.enable();
      await until('both disconnected', () => !chat.connected && !news.connected);
      expect(told).toEqual(['MAINTENANCE', 'MAINTENANCE']);
      await maintenance.disable();
      await until('both connected again', () => chat.connected && news.connected);
    });
  },
);
