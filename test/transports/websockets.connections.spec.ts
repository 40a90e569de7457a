import { afterEach, describe, expect, it } from '@jest/globals';
import type { Type } from '@nestjs/common';
import { MessageBody, SubscribeMessage, type WsResponse } from '@nestjs/websockets';
import { MaintenanceOff, MaintenanceOn, MaintenanceScope, MaintenanceService } from '../../lib/index.js';
import { bypassCookie, SECRET } from '../support/bypass.js';
import { freePort } from '../support/free-port.js';
import { closeApps } from '../support/platforms.js';
import { closeClients, gatewayAt, refusalOf, type SocketKind, sockets } from '../support/web-sockets.js';

class EchoGateway {
  @SubscribeMessage('echo')
  echo(@MessageBody() data: unknown): WsResponse {
    return { event: 'echo', data };
  }
}

function gateway(kind: SocketKind, name: string, ...decorators: ClassDecorator[]): Type {
  class Gateway extends EchoGateway {}
  for (const decorate of [gatewayAt(kind, name), ...decorators]) decorate(Gateway);
  return Gateway;
}

const ERROR = { statusCode: 503, reason: 'New cables', mode: 'full', scope: null };
const FORWARDED = { 'X-Forwarded-For': '203.0.113.7' };

afterEach(async () => {
  await closeClients();
  await closeApps();
});

describe.each(sockets)('Connections by %s', (_, kind, createApp) => {
  it('are made while nothing is in maintenance', async () => {
    const app = await createApp([gateway(kind, 'chat')]);
    const client = await kind.connect(app, 'chat');
    client.send('echo', 'hello');
    expect(await client.next()).toEqual({ event: 'echo', data: 'hello' });
  });

  it('are refused in maintenance, with an HTTP answer, and made again after it', async () => {
    const app = await createApp([gateway(kind, 'chat')]);
    const maintenance = app.get(MaintenanceService);
    await maintenance.enable({ reason: 'New cables' });
    const refusal = await refusalOf(kind.connect(app, 'chat'));
    expect(refusal.status).toBe(503);
    // The client of socket.io does not give the body of a refused WebSocket to anybody.
    if (kind.name !== 'socket.io') expect(refusal.data).toMatchObject({ ...ERROR, status: 503 });
    if (kind.name === 'ws') {
      expect(refusal.headers).toMatchObject({
        'retry-after': '3600',
        'cache-control': 'no-store',
        'maintenance-mode': 'active',
        'content-type': 'application/problem+json; charset=utf-8',
        connection: 'close',
      });
    }
    await maintenance.disable();
    await kind.connect(app, 'chat');
  });

  it('are made in read-only mode: a handshake only reads', async () => {
    const app = await createApp([gateway(kind, 'chat')]);
    await app.get(MaintenanceService).enable({ mode: 'read-only' });
    await kind.connect(app, 'chat');
  });

  it('to a gateway with @MaintenanceOff are made, to others they are not', async () => {
    const app = await createApp([gateway(kind, 'status', MaintenanceOff()), gateway(kind, 'chat')]);
    await app.get(MaintenanceService).enable({ reason: 'New cables' });
    const client = await kind.connect(app, 'status');
    client.send('echo', 'hello');
    expect(await client.next()).toEqual({ event: 'echo', data: 'hello' });
    expect((await refusalOf(kind.connect(app, 'chat'))).data).toMatchObject(ERROR);
  });

  it('to a gateway with @MaintenanceOn are never made, and nobody is exempt', async () => {
    const options = { ignore: { ipAddresses: ['127.0.0.1'] } };
    const app = await createApp([gateway(kind, 'closed', MaintenanceOn()), gateway(kind, 'chat')], {
      options,
    });
    await refusalOf(kind.connect(app, 'closed'));
    await kind.connect(app, 'chat');
  });

  it('to a gateway with a scope are refused while the scope or the application is in maintenance', async () => {
    const app = await createApp([
      gateway(kind, 'billing', MaintenanceScope('billing')),
      gateway(kind, 'chat'),
    ]);
    const maintenance = app.get(MaintenanceService);
    await kind.connect(app, 'billing');
    await maintenance.enable({ scope: 'billing' });
    expect((await refusalOf(kind.connect(app, 'billing'))).data).toMatchObject({ scope: 'billing' });
    await kind.connect(app, 'chat');
    await maintenance.disable({ scope: 'billing' });
    await maintenance.enable();
    await refusalOf(kind.connect(app, 'billing'));
    await refusalOf(kind.connect(app, 'chat'));
  });

  it('are made if a handler of the gateway is open', async () => {
    @gatewayAt(kind, 'mixed')
    class MixedGateway {
      @SubscribeMessage('ping')
      @MaintenanceOff()
      ping(): WsResponse {
        return { event: 'pong', data: null };
      }
    }
    const app = await createApp([MixedGateway]);
    await app.get(MaintenanceService).enable();
    const client = await kind.connect(app, 'mixed');
    client.send('ping');
    expect(await client.next()).toEqual({ event: 'pong', data: null });
  });

  it('are made by who knows the secret', async () => {
    const app = await createApp([gateway(kind, 'chat')], { options: { bypass: { secret: SECRET } } });
    await app.get(MaintenanceService).enable();
    const client = await kind.connect(app, 'chat', { headers: { 'Maintenance-Bypass': SECRET } });
    client.send('echo', 1);
    expect(await client.next()).toEqual({ event: 'echo', data: 1 });
    await refusalOf(kind.connect(app, 'chat', { headers: { 'Maintenance-Bypass': `${SECRET}!` } }));
  });

  it('are made with a bypass cookie, until maintenance begins anew', async () => {
    const app = await createApp([gateway(kind, 'chat')], { options: { bypass: { secret: SECRET } } });
    const maintenance = app.get(MaintenanceService);
    await maintenance.enable();
    const headers = { Cookie: await bypassCookie(app.url) };
    const client = await kind.connect(app, 'chat', { headers });
    client.send('echo', 1);
    expect(await client.next()).toEqual({ event: 'echo', data: 1 });
    await maintenance.disable();
    await maintenance.enable();
    client.send('echo', 2);
    expect(await client.next()).toMatchObject({ event: 'exception' });
    await refusalOf(kind.connect(app, 'chat', { headers }));
  });

  it('are made to an exempt path, which is that of the handshake', async () => {
    const gateways = [gateway(kind, 'chat'), gateway(kind, 'other')];
    const path = kind.name === 'ws' ? '/chat' : '/socket.io';
    const app = await createApp(gateways, { options: { ignore: { urls: [path] } } });
    await app.get(MaintenanceService).enable();
    const client = await kind.connect(app, 'chat');
    client.send('echo', 1);
    expect(await client.next()).toEqual({ event: 'echo', data: 1 });
    if (kind.name === 'ws') await refusalOf(kind.connect(app, 'other'));
  });

  it.each([
    [true, ['203.0.113.7'], true],
    [true, ['127.0.0.1'], false],
    [false, ['203.0.113.7'], false],
    [false, ['127.0.0.1'], true],
  ])(
    'with trustProxy %j and %j exempt, a forwarded address passes: %j',
    async (trustProxy, ipAddresses, passes) => {
      const options = { ignore: { ipAddresses } };
      const app = await createApp([gateway(kind, 'chat')], { options, trustProxy });
      await app.get(MaintenanceService).enable();
      const connecting = kind.connect(app, 'chat', { headers: FORWARDED });
      if (!passes) return void (await refusalOf(connecting));
      const client = await connecting;
      client.send('echo', 'hello');
      expect(await client.next()).toEqual({ event: 'echo', data: 'hello' });
    },
  );

  it.each([
    [
      'user.get',
      { user: { get: (request: Asked) => ({ isStaff: token(request) }) }, ignore: { staff: true } },
    ],
    ['ignore.when', { ignore: { when: async (request: Asked) => token(request) } }],
    // Known to no guard: what is decided after them elsewhere is decided at once here.
    ['ignore.when beside user rules', { ignore: { superusers: true, when: token } }],
  ])('are made as %s says', async (_name, options) => {
    const app = await createApp([gateway(kind, 'chat')], { options });
    await app.get(MaintenanceService).enable();
    const client = await kind.connect(app, 'chat', { headers: { 'X-Token': 'tester' } });
    client.send('echo', 'hello');
    expect(await client.next()).toEqual({ event: 'echo', data: 'hello' });
    await refusalOf(kind.connect(app, 'chat'));
  });

  it('are judged once; of socket.io, the transport and the namespace', async () => {
    let asked = 0;
    const when = (): boolean => (asked += 1) > 0;
    const app = await createApp([gateway(kind, 'chat')], { options: { ignore: { when } } });
    await kind.connect(app, 'chat');
    expect(asked).toBe(0);
    await app.get(MaintenanceService).enable();
    await kind.connect(app, 'chat');
    expect(asked).toBe(kind.name === 'ws' ? 1 : 2);
  });

  it('at a port of their own are refused in the same way', async () => {
    const [port, open] = [await freePort(), await freePort()];
    class Own extends EchoGateway {}
    gatewayAt(kind, 'own', port)(Own);
    class Open extends EchoGateway {}
    gatewayAt(kind, 'open', open)(Open);
    MaintenanceOff()(Open);
    const app = await createApp([Own, Open]);
    const maintenance = app.get(MaintenanceService);
    const client = await kind.connect(app, 'own', { port });
    await maintenance.enable({ reason: 'New cables' });
    const refusal = await refusalOf(kind.connect(app, 'own', { port }));
    expect(refusal.status).toBe(503);
    if (kind.name !== 'socket.io') expect(refusal.data).toMatchObject(ERROR);
    client.send('echo', 'hello');
    expect(await client.next()).toMatchObject({ event: 'exception', data: ERROR });
    const other = await kind.connect(app, 'open', { port: open });
    other.send('echo', 'hello');
    expect(await other.next()).toEqual({ event: 'echo', data: 'hello' });
  });
});

interface Asked {
  readonly headers: Readonly<Record<string, unknown>>;
}

function token({ headers }: Asked): boolean {
  return headers['x-token'] === 'tester';
}
