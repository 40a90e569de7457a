import { once } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { WsAdapter } from '@nestjs/platform-ws';
import { SubscribeMessage, WebSocketGateway, type WsResponse } from '@nestjs/websockets';
import request from 'supertest';
import { WebSocketServer } from 'ws';
import { MaintenanceOff, MaintenanceScope, MaintenanceService } from '../../lib/index.js';
import { type AppSettings, closeApps, platforms } from '../support/platforms.js';
import { freePort } from '../support/free-port.js';
import { until } from '../support/until.js';
import { closeClients, connectWs, ioClient, refusalOf } from '../support/web-sockets.js';

@WebSocketGateway({ path: '/chat' })
class ChatGateway {}

@MaintenanceOff()
@WebSocketGateway({ path: '/status' })
class StatusGateway {}

const HANDSHAKE = [
  'Host: 127.0.0.1',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  `Sec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}`,
];

const useWs = (app: INestApplication): unknown => app.useWebSocketAdapter(new WsAdapter(app));

/** Until the server has noticed that its clients are gone. */
async function nobodyConnected(app: INestApplication): Promise<void> {
  const server = app.getHttpServer() as Server;
  const count = async (): Promise<number> =>
    new Promise((resolve) => {
      server.getConnections((_error, connections) => resolve(connections));
    });
  await until('nobody is connected', async () => (await count()) === 0);
}

function fails(): boolean {
  throw new Error('no rule');
}

/** What the server says until it closes the connection. */
async function rawUpgrade(port: number, target: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write([`GET ${target} HTTP/1.1`, ...HANDSHAKE, '', ''].join('\r\n'));
  return text(socket);
}

afterEach(async () => {
  await closeClients();
  await closeApps();
});

describe.each(platforms)('The HTTP server of %s', (_, createApp) => {
  it('answers a refused upgrade completely, and closes the connection', async () => {
    const { port, get } = await createApp({ providers: [ChatGateway], configure: (app) => void useWs(app) });
    await get(MaintenanceService).enable({ reason: 'New cables: 50 €' });
    const [head = '', body = ''] = (await rawUpgrade(port, '/chat')).split('\r\n\r\n');
    const [statusLine, ...fields] = head.split('\r\n');
    expect(statusLine).toBe('HTTP/1.1 503 Service Unavailable');
    expect(fields).toEqual(
      expect.arrayContaining([
        'Connection: close',
        'Maintenance-Mode: active',
        'Retry-After: 3600',
        `Content-Length: ${Buffer.byteLength(body)}`,
        expect.stringMatching(/^Date: \w{3}, /),
      ]),
    );
    expect(JSON.parse(body)).toMatchObject({ status: 503, reason: 'New cables: 50 €' });
  });

  it('refuses connections if another adapter is set after the gateways were bound', async () => {
    const { port, get } = await createApp({
      providers: [ChatGateway, StatusGateway],
      configure: async (app) => {
        useWs(app);
        await app.init();
        app.useWebSocketAdapter(new IoAdapter(app));
      },
    });
    await connectWs(`ws://127.0.0.1:${port}/chat`);
    await get(MaintenanceService).enable();
    expect(await refusalOf(connectWs(`ws://127.0.0.1:${port}/chat`))).toMatchObject({ status: 503 });
    await connectWs(`ws://127.0.0.1:${port}/status`);
  });

  it.each([
    '/status',
    '/status?x=/chat',
    '//status',
    '/Status',
    '/status/',
    '/x/../status',
    '/chat/%2e%2e/status',
  ])('lets nobody but the open gateway have GET %s', async (target) => {
    const seen: string[] = [];
    @WebSocketGateway({ path: '/chat' })
    class Chat {
      handleConnection(): void {
        seen.push('chat');
      }
    }
    const settings = {
      providers: [Chat, StatusGateway],
      configure: (app: INestApplication) => void useWs(app),
    };
    const { port, get } = await createApp(settings);
    await get(MaintenanceService).enable();
    const socket = connect(port, '127.0.0.1');
    socket.write([`GET ${target} HTTP/1.1`, ...HANDSHAKE, '', ''].join('\r\n'));
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    // What Nest routes to the open gateway is open, in whatever spelling.
    expect(chunk.toString()).toMatch(/^HTTP\/1\.1 (?:101|503) /);
    expect(seen).toEqual([]);
    socket.destroy();
  });

  it.each(['before', 'after'] as const)(
    "refuses upgrades of somebody else's server, which listens %s Nest begins",
    async (when) => {
      let own: WebSocketServer | undefined;
      const listen = (app: INestApplication): void => {
        own = new WebSocketServer({ server: app.getHttpServer(), path: '/raw' });
      };
      const settings: AppSettings = when === 'before' ? { configure: listen } : {};
      const { app, port, get } = await createApp(settings);
      if (when === 'after') listen(app);
      await connectWs(`ws://127.0.0.1:${port}/raw`);
      await get(MaintenanceService).enable();
      expect((await refusalOf(connectWs(`ws://127.0.0.1:${port}/raw`))).status).toBe(503);
      await closeClients();
      own?.close();
    },
  );

  it('refuses files that socket.io serves, and what a page of another origin asks can be read by it', async () => {
    const cors = { origin: 'https://shop.example' };
    @WebSocketGateway({ cors })
    class Gateway {}
    const { url, get } = await createApp({
      providers: [Gateway],
      configure: (app) => void app.useWebSocketAdapter(new IoAdapter(app)),
    });
    const paths = [
      '/socket.io/socket.io.js',
      '/socket.io/socket.io.esm.min.js.map',
      '/socket.io/?EIO=4&transport=polling',
    ];
    const ask = async (path: string) => request(url).get(path).set('Origin', cors.origin);
    for (const path of paths) expect((await ask(path)).status).toBe(200);
    await get(MaintenanceService).enable({ reason: 'New cables' });
    for (const path of paths) {
      const { status, headers, body } = await ask(path);
      expect({ path, status }).toEqual({ path, status: 503 });
      expect(headers).toMatchObject({
        'access-control-allow-origin': cors.origin,
        'maintenance-mode': 'active',
        vary: expect.stringMatching(/Origin.*Accept/),
      });
      expect(body).toMatchObject({ reason: 'New cables' });
    }
    const preflight = await request(url)
      .options('/socket.io/?EIO=4&transport=polling')
      .set({ Origin: cors.origin, 'Access-Control-Request-Method': 'POST' });
    expect(preflight.status).toBe(204);
    expect((await request(url).head('/socket.io/socket.io.js')).text).toBeUndefined();
  });

  it('survives a client that goes away while the verdict is waited for', async () => {
    const answers: ((passes: boolean) => void)[] = [];
    const when = async (): Promise<boolean> => {
      return new Promise((resolve) => answers.push(resolve));
    };
    const settings = { providers: [ChatGateway], configure: (app: INestApplication) => void useWs(app) };
    const { app, port, get } = await createApp({ ...settings, options: { ignore: { when } } });
    await get(MaintenanceService).enable();
    for (const passes of [true, false]) {
      const before = answers.length;
      const socket = connect(port, '127.0.0.1');
      socket.write(['GET /chat HTTP/1.1', ...HANDSHAKE, '', ''].join('\r\n'));
      await until('the rule is asked', () => answers.length > before);
      socket.resetAndDestroy();
      await nobodyConnected(app);
      answers.at(-1)?.(passes);
    }
    const next = connectWs(`ws://127.0.0.1:${port}/chat`);
    await until('the rule is asked again', () => answers.length === 3);
    answers.at(-1)?.(true);
    await next;
  });

  it('keeps no connection to a refused client that does not close its side', async () => {
    const settings = { providers: [ChatGateway], configure: (nest: INestApplication) => void useWs(nest) };
    const { app, port, get } = await createApp(settings);
    await get(MaintenanceService).enable();
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.write(['GET /chat HTTP/1.1', ...HANDSHAKE, '', ''].join('\r\n'));
    // Not by a helper that reads to the end, which would destroy the socket then.
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    expect(chunk.toString()).toContain('503 Service Unavailable');
    await nobodyConnected(app);
    socket.destroy();
  });

  it('makes no session for a client that went away while the verdict was waited for', async () => {
    let server: { readonly engine: { readonly clientsCount: number } } | undefined;
    @WebSocketGateway()
    class Gateway {
      afterInit(io: { readonly engine: { readonly clientsCount: number } }): void {
        server = io;
      }
    }
    const answers: ((passes: boolean) => void)[] = [];
    const when = async (): Promise<boolean> => new Promise((resolve) => answers.push(resolve));
    const { app, port, url, get } = await createApp({
      providers: [Gateway],
      configure: (nest) => void nest.useWebSocketAdapter(new IoAdapter(nest)),
      options: { ignore: { when } },
    });
    await get(MaintenanceService).enable();
    const socket = connect(port, '127.0.0.1');
    socket.write('GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
    await until('the rule is asked', () => answers.length === 1);
    socket.resetAndDestroy();
    await nobodyConnected(app);
    answers[0]?.(true);
    const next = request(url).get('/socket.io/?EIO=4&transport=polling').expect(200);
    void next.then(() => undefined);
    await until('the rule is asked again', () => answers.length === 2);
    answers[1]?.(true);
    await next;
    expect(server?.engine.clientsCount).toBe(1);
  });

  it('refuses if a rule fails, and keeps working', async () => {
    const settings = { providers: [ChatGateway], configure: (app: INestApplication) => void useWs(app) };
    const { port, get } = await createApp({ ...settings, options: { ignore: { when: fails } } });
    await get(MaintenanceService).enable();
    const connecting = async () => refusalOf(connectWs(`ws://127.0.0.1:${port}/chat`));
    expect([(await connecting()).status, (await connecting()).status]).toEqual([503, 503]);
  });

  it('leaves what the gateway itself allows to the gateway', async () => {
    const asked: string[] = [];
    @WebSocketGateway({
      allowRequest: (incoming: IncomingMessage, done: (error: string | null, success: boolean) => void) => {
        asked.push(String(incoming.headers['x-name']));
        done(null, incoming.headers['x-name'] === 'friend');
      },
    })
    class Gateway {}
    const { url, get } = await createApp({
      providers: [Gateway],
      configure: (app) => void app.useWebSocketAdapter(new IoAdapter(app)),
    });
    const statusOf = async (name: string): Promise<number> =>
      (await request(url).get('/socket.io/?EIO=4&transport=polling').set('X-Name', name)).status;
    expect([await statusOf('friend'), await statusOf('stranger')]).toEqual([200, 403]);
    await get(MaintenanceService).enable();
    expect([await statusOf('friend'), await statusOf('stranger')]).toEqual([503, 503]);
    expect(asked).toEqual(['friend', 'stranger']);
  });

  it('judges namespaces by their own gateways, and those of nobody by the application', async () => {
    @MaintenanceOff()
    @WebSocketGateway({ namespace: /^\/open-\d+$/ })
    class Open {}
    @WebSocketGateway({ namespace: /^\/room-\d+$/ })
    class Room {}
    @MaintenanceOff()
    @WebSocketGateway()
    class Main {
      afterInit(server: { of(namespace: string): unknown }): void {
        server.of('/own');
      }
    }
    const { url, get } = await createApp({
      providers: [Open, Room, Main],
      configure: (app) => void app.useWebSocketAdapter(new IoAdapter(app)),
    });
    const outcome = async (namespace: string): Promise<string> => {
      const socket = ioClient(`${url}${namespace}`, 'websocket');
      return new Promise((resolve) => {
        socket.once('connect', () => resolve('connected'));
        socket.once('connect_error', ({ message }) => resolve(message));
      });
    };
    const all = ['/', '/open-1', '/room-1', '/own'];
    const outcomes = async (): Promise<string[]> => Promise.all(all.map(outcome));
    expect(await outcomes()).toEqual(all.map(() => 'connected'));
    await get(MaintenanceService).enable({ reason: 'New cables' });
    expect(await outcomes()).toEqual(['connected', 'connected', 'New cables', 'New cables']);
    expect(await outcome('/open-2')).toBe('connected');
  });

  it('judges a connection that socket.io recovers, for which it runs no middleware', async () => {
    const options = { connectionStateRecovery: {} };
    @WebSocketGateway(options)
    class Main {}
    @MaintenanceScope('billing')
    @WebSocketGateway({ ...options, namespace: 'billing' })
    class Billing {
      @SubscribeMessage('echo')
      echo(): WsResponse {
        return { event: 'echo', data: null };
      }
    }
    const { url, get } = await createApp({
      providers: [Main, Billing],
      configure: (app) => void app.useWebSocketAdapter(new IoAdapter(app)),
    });
    const socket = ioClient(`${url}/billing`, 'websocket');
    const recovered: boolean[] = [];
    socket.on('connect', () => recovered.push(socket.recovered));
    socket.emit('echo');
    // What was sent to it is what it can go on from.
    await new Promise((resolve) => socket.once('echo', resolve));
    const lose = async (): Promise<void> => {
      const lost = new Promise((resolve) => socket.once('disconnect', resolve));
      socket.io.engine.transport.close();
      await lost;
      socket.connect();
    };
    await lose();
    await until('it is recovered', () => recovered.length === 2);
    expect(recovered).toEqual([false, true]);

    await get(MaintenanceService).enable({ scope: 'billing' });
    const told = new Promise((resolve) => socket.once('exception', resolve));
    await lose();
    expect(await told).toMatchObject({ code: 'MAINTENANCE', scope: 'billing' });
    await until('it is closed', () => !socket.connected);
  });

  it('closes connections at once that an adapter of another kind lets in', async () => {
    const port = await freePort();
    /** Its server can do nothing but hand over connections. */
    class OtherAdapter extends WsAdapter {
      override create(): unknown {
        const server = new WebSocketServer({ port });
        const on = server.on.bind(server);
        return { on, close: (done: () => void) => server.close(done), clients: server.clients };
      }
    }
    const handled: string[] = [];
    @WebSocketGateway(port)
    class Gateway {
      handleConnection(): void {
        handled.push('connection');
      }
    }
    const secret = 'correct horse battery staple';
    const { get } = await createApp({
      providers: [Gateway],
      configure: (app) => void app.useWebSocketAdapter(new OtherAdapter(app)),
      options: { bypass: { secret } },
    });
    await get(MaintenanceService).enable({ reason: 'New cables' });
    const client = await connectWs(`ws://127.0.0.1:${port}`);
    expect(await client.next()).toMatchObject({ event: 'exception', data: { code: 'MAINTENANCE' } });
    expect(await client.closed).toEqual({ code: 1013, reason: 'New cables' });
    expect(handled).toEqual([]);
    await connectWs(`ws://127.0.0.1:${port}`, { headers: { 'Maintenance-Bypass': secret } });
    await until('the exempt connection', () => handled.length > 0);
  });
});
