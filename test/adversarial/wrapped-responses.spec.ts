import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import { MaintenanceOff, MaintenanceService } from '../../lib/index.js';
import { wrappers } from '../support/middleware.js';
import { closeApps, platforms } from '../support/platforms.js';
import { expectBlocked } from './blocked.js';
import { beginConversation, closeConversations } from './conversation.js';

@Controller()
class CatchAllController {
  @Get('*')
  @MaintenanceOff()
  any(): string {
    return 'open';
  }
}

afterEach(async () => {
  closeConversations();
  await closeApps();
});

const LARGE = Buffer.alloc(1_000_000, 'x');

const servings: [name: string, serve: (response: ServerResponse) => unknown][] = [
  ['ends with a body', (response) => response.end('served')],
  [
    'writes in parts',
    (response) => {
      response.setHeader('ETag', '"1"');
      response.write('a');
      response.write('b');
      response.end('c');
    },
  ],
  ['writes its head first', (response) => response.writeHead(200, { 'Content-Length': 6 }).end('served')],
  ['pipes a large stream', (response) => Readable.from([LARGE, LARGE]).pipe(response)],
  [
    'flushes its headers',
    (response) => {
      response.flushHeaders();
      setImmediate(() => response.end('served'));
    },
  ],
  [
    'sends hints first',
    (response) => {
      response.writeEarlyHints({ link: '</secret.css>; rel=preload' });
      response.end('served');
    },
  ],
  [
    'sends trailers',
    (response) => {
      response.setHeader('Trailer', 'X-Secret');
      response.write('a');
      response.addTrailers({ 'X-Secret': 'served' });
      response.end('b');
    },
  ],
  [
    'says that it goes on',
    (response) => {
      response.writeContinue();
      response.writeProcessing();
      response.end('served');
    },
  ],
];

describe.each(platforms)('On %s', (_, createApp) => {
  describe.each(wrappers)('behind %s', (__, make) => {
    it.each(servings)('middleware that %s is replaced by a complete 503', async (___, serve) => {
      const { port, get } = await createApp({
        controllers: [CatchAllController],
        configure: (app) => {
          app.enableCors();
          app.use(make());
          app.use('/served', (_request: object, response: ServerResponse) => void serve(response));
        },
      });
      await get(MaintenanceService).enable();
      const conversation = await beginConversation(port);
      const ask = (path: string, method = 'GET'): void =>
        conversation.write(`${method} ${path} HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n`);
      ask('/served');
      ask('/served', 'HEAD');
      ask('/served');
      for (const toHead of [false, true, false]) {
        // Information is no answer, and says nothing of what would be served.
        let answer = await conversation.answer({ toHead });
        while (answer.status === 100 || answer.status === 102) answer = await conversation.answer({ toHead });
        expectBlocked(answer);
        for (const name of [
          'content-encoding',
          'etag',
          'set-cookie',
          'trailer',
          'transfer-encoding',
          'x-on-headers',
        ]) {
          expect(answer.headers).not.toHaveProperty(name);
        }
        if (!toHead) expect(JSON.parse(answer.body)).toMatchObject({ status: 503 });
      }
      expect(conversation.rest).toBe('');
    });
  });

  it('nobody waits for a replaced response for ever', async () => {
    const ends: Promise<unknown>[] = [];
    const { port, get } = await createApp({
      controllers: [CatchAllController],
      configure: (app) => {
        app.use('/called', (_request: object, response: ServerResponse) => {
          ends.push(
            new Promise<void>((resolve) => response.write('a', () => response.end('b', () => resolve()))),
          );
        });
        app.use('/piped', (_request: object, response: ServerResponse) => {
          ends.push(pipeline(Readable.from([LARGE, LARGE, LARGE]), response).catch(() => undefined));
        });
      },
    });
    await get(MaintenanceService).enable();
    const conversation = await beginConversation(port);
    for (const path of ['/called', '/piped']) {
      conversation.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
      expectBlocked(await conversation.answer());
    }
    await Promise.all(ends);
    expect(ends).toHaveLength(2);
  });
});
