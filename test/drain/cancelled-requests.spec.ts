import { once } from 'node:events';
import { type ClientHttp2Session, connect } from 'node:http2';
import { connect as connectSocket, type AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, type INestApplication, Res, StreamableFile } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { from, type Observable } from 'rxjs';
import { MaintenanceModule, MaintenanceService, MemoryStorage } from '../../lib/index.js';
import { closeApps, platforms } from '../support/platforms.js';
import { until } from '../support/until.js';

let begun = 0;
let ended = 0;
let letGo: () => void = () => undefined;
let gate = Promise.resolve();

async function work(): Promise<string> {
  begun += 1;
  await gate;
  ended += 1;
  return 'slow';
}

@Controller()
class SlowController {
  @Get('value')
  value(): Promise<string> {
    return work();
  }

  @Get('observable')
  observable(): Observable<string> {
    return from(work());
  }

  @Get('file')
  async file(): Promise<StreamableFile> {
    return new StreamableFile(Readable.from([await work()]));
  }

  @Get('error')
  async error(): Promise<never> {
    throw new Error(await work());
  }

  @Get('own-response')
  async ownResponse(@Res() response: { send(body: string): void }): Promise<void> {
    response.send(await work());
  }

  /** Gives up, and never sends. */
  @Get('no-response')
  async noResponse(@Res() response: object): Promise<void> {
    await work();
    void response;
  }
}

const paths = ['value', 'observable', 'file', 'error', 'own-response', 'no-response'];
let app: INestApplication | undefined;

beforeEach(() => {
  begun = ended = 0;
  gate = new Promise((resolve) => (letGo = resolve));
});

afterEach(async () => {
  letGo();
  await app?.close();
  app = undefined;
  await closeApps();
});

/** HTTP/2 without TLS, as behind a proxy. */
async function startHttp2(): Promise<{ maintenance: MaintenanceService; client: ClientHttp2Session }> {
  const module = await Test.createTestingModule({
    imports: [MaintenanceModule.forRoot({ storage: new MemoryStorage() })],
    controllers: [SlowController],
  }).compile();
  app = module.createNestApplication(new FastifyAdapter({ http2: true }), { logger: false });
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  return { maintenance: app.get(MaintenanceService), client: connect(`http://127.0.0.1:${port}`) };
}

/** What a request that the server has answered tells: it has read all that the client sent before. */
async function serverHasReadAll(client: ClientHttp2Session): Promise<void> {
  const last = client.request({ ':path': '/missing' });
  last.resume().end();
  await until('the last request is answered', () => last.closed);
}

describe.each(paths)('Cancelled requests of HTTP/2 on fastify (%s)', (path) => {
  it.each([
    ['while their handlers run', true],
    ['before their handlers have begun', false],
  ])('count until their handlers have ended if cancelled %s', async (_, waits) => {
    const { maintenance, client } = await startHttp2();
    try {
      const streams = Array.from({ length: 50 }, () => {
        const stream = client.request({ ':path': `/${path}` });
        stream.on('error', () => undefined).resume();
        stream.end();
        if (!waits) stream.close(8);
        return stream;
      });
      if (waits) await until('all handlers run', () => begun === 50);
      for (const stream of streams) stream.close(8);
      await until('all streams are closed', () => streams.every(({ closed }) => closed));
      await serverHasReadAll(client);
      // Nest unsubscribes from an Observable whose client is gone, so nothing of it is left to wait for.
      if (waits && path !== 'observable') {
        expect(await maintenance.drained({ timeoutMs: 20 })).toEqual({ drained: false, remaining: 50 });
      }
      letGo();
      await until('all handlers have ended', () => ended === begun);
      expect(await maintenance.drained({ timeoutMs: 30_000 })).toEqual({ drained: true, remaining: 0 });
    } finally {
      client.destroy();
    }
  });
});

it('waits for an HTTP/2 response that its handler has left to others', async () => {
  const { maintenance, client } = await startHttp2();
  try {
    const stream = client.request({ ':path': '/no-response' });
    stream.on('error', () => undefined).resume();
    stream.end();
    await until('the handler runs', () => begun === 1);
    letGo();
    await until('the handler has ended', () => ended === 1);
    expect(await maintenance.drained({ timeoutMs: 50 })).toEqual({ drained: false, remaining: 1 });
    const drained = maintenance.drained({ timeoutMs: 30_000 });
    stream.close(8);
    expect(await drained).toEqual({ drained: true, remaining: 0 });
  } finally {
    client.destroy();
  }
}, 60_000);

describe.each(platforms)('Aborted requests of HTTP/1 on %s', (_, createApp) => {
  it.each(
    paths.flatMap((path) => [
      [path, 'a request', 1],
      [path, 'pipelined requests', 3],
    ]),
  )('%s: counts %s until the handlers have ended', async (path, __, count) => {
    const { port, get } = await createApp({ controllers: [SlowController] });
    const maintenance = get(MaintenanceService);
    const socket = connectSocket(port, '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(`GET /${path} HTTP/1.1\r\nHost: a\r\n\r\n`.repeat(Number(count)));
    await until('all handlers run', () => begun === count);
    socket.destroy();
    if (path !== 'observable') {
      expect(await maintenance.drained({ timeoutMs: 50 })).toEqual({ drained: false, remaining: count });
    }
    letGo();
    await until('all handlers have ended', () => ended === begun);
    expect(await maintenance.drained({ timeoutMs: 30_000 })).toEqual({ drained: true, remaining: 0 });
  });
});
