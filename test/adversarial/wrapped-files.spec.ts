import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, type INestApplication } from '@nestjs/common';
import { MaintenanceOff, MaintenanceService } from '../../lib/index.js';
import { registerWrappers, wrappers } from '../support/middleware.js';
import { type AppSettings, closeApps, platforms } from '../support/platforms.js';
import { rawRequest } from '../support/raw-request.js';
import { makeDirectory, removeDirectories } from '../support/temporary-directory.js';
import { expectBlockedByAny } from './blocked.js';
import { beginConversation, closeConversations } from './conversation.js';

const load = createRequire(import.meta.url);

@Controller()
class CatchAllController {
  @Get('*')
  @MaintenanceOff()
  any(): string {
    return 'open';
  }
}

@Controller('files/page.txt')
class PageController {
  @Get()
  page(): string {
    return 'closed';
  }
}

interface Server {
  readonly configure: (app: INestApplication, directory: string) => unknown;
}

const serveStatic: Server = {
  configure: (app, directory) =>
    app.use('/files', (load('serve-static') as (root: string) => object)(directory)),
};
const fastifyStatic: Server = {
  configure: async (app, root) => {
    const fastify = app.getHttpAdapter().getInstance() as {
      register(plugin: unknown, options: object): PromiseLike<unknown>;
    };
    await fastify.register(load('@fastify/static'), {
      root,
      prefix: '/files/',
      decorateReply: false,
    });
  },
};

const receptions: [name: string, settings: AppSettings][] = [
  ['an open catch-all', { controllers: [CatchAllController] }],
  [
    'a rule that is left to the guards',
    { controllers: [PageController], options: { ignore: { staff: true } } },
  ],
  ['nothing open', {}],
];

afterEach(async () => {
  closeConversations();
  await closeApps();
  await removeDirectories();
});

describe.each(platforms)('On %s', (platform, createApp) => {
  const servers: [string, string, Server][] = [
    ['serve-static', '/files/page.txt', serveStatic],
    ...(platform === 'fastify'
      ? ([['@fastify/static', '/files/page.txt', fastifyStatic]] as [string, string, Server][])
      : []),
  ];

  describe.each(receptions)('with %s', (_, settings) => {
    it.each(servers)(
      'a file of %s is not served through what wraps the response',
      async (__, path, server) => {
        const directory = await makeDirectory();
        await writeFile(join(directory, 'page.txt'), 'the file '.repeat(50_000));
        const { port, get } = await createApp({
          ...settings,
          configure: async (app) => {
            if (platform === 'fastify') await registerWrappers(app.getHttpAdapter().getInstance() as object);
            else for (const [name, make] of wrappers) if (name !== 'cookie-session') app.use(make());
            // Two kinds of sessions do not work together, with maintenance or without.
            await server.configure(app, directory);
          },
        });
        if (settings.controllers === undefined) {
          expect((await rawRequest(port, path)).body).toContain('the file the file');
        }
        await get(MaintenanceService).enable();
        const conversation = await beginConversation(port);
        const methods = ['GET', 'HEAD', 'GET'];
        const ask = (method: string, more: string): string =>
          `${method} ${path} HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n${more}\r\n`;
        for (const more of [
          '',
          'Range: bytes=0-5\r\n',
          'If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT\r\n',
        ]) {
          conversation.write(methods.map((method) => ask(method, more)).join(''));
          for (const method of methods) {
            const answer = await conversation.answer({ toHead: method === 'HEAD' });
            // The handler of the catch-all answers if the router finds no file before it.
            if (answer.status === 200) expect(answer.body).toBe(method === 'HEAD' ? '' : 'open');
            else expectBlockedByAny(answer);
          }
        }
        expect(conversation.rest).toBe('');
      },
    );
  });
});
