import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Next, Res } from '@nestjs/common';
import { createRequire } from 'node:module';
import { MaintenanceOff, MaintenanceService } from '../../lib/index.js';
import { wrappers } from '../support/middleware.js';
import { closeApps, platforms } from '../support/platforms.js';
import { rawRequest } from '../support/raw-request.js';
import { makeDirectory, removeDirectories } from '../support/temporary-directory.js';
import { expectBlocked } from './blocked.js';
import { addRawRoute, answering } from './raw-parts.js';

const load = createRequire(import.meta.url);

@Controller()
class PassingController {
  @Get(['to-open', 'to-closed', 'to-raw', 'to-middleware', 'to-nothing'])
  @MaintenanceOff()
  pass(@Next() next: (value: unknown) => void): void {
    next(PassingController.passes);
  }

  static passes: unknown;
}

@Controller()
class BehindController {
  static closedRuns = 0;

  @Get('to-open')
  @MaintenanceOff()
  open(): string {
    return 'open';
  }

  @Get('to-closed')
  closed(): string {
    BehindController.closedRuns += 1;
    return 'closed';
  }
}

@Controller('missing')
class SendingController {
  @Get()
  @MaintenanceOff()
  send(@Res() reply: { sendFile(name: string): unknown }): void {
    reply.sendFile('missing');
  }
}

afterEach(async () => {
  await closeApps();
  await removeDirectories();
});

const [, createExpress] = platforms[0] ?? [];
const [, createFastify] = platforms[1] ?? [];

describe.each(['', 'api'])(
  'An open handler that calls next(), on express with the prefix "%s",',
  (prefix) => {
    it.each([undefined, null, false, 'route'])(
      'with %p reaches open handlers and nothing else',
      async (passes) => {
        PassingController.passes = passes;
        const base = prefix === '' ? '' : `/${prefix}`;
        const created = await createExpress?.({
          controllers: [PassingController, BehindController],
          configure: async (app) => {
            for (const [name, make] of wrappers) if (name !== 'cookie-session') app.use(make());
            if (prefix !== '') app.setGlobalPrefix(prefix);
            await app.init();
            addRawRoute(app, `${base}/to-raw`, 'raw');
            app.use(`${base}/to-middleware`, answering(200, 'middleware'));
          },
        });
        if (!created) throw new Error('There is no Express.');
        const { port, get } = created;
        expect((await rawRequest(port, `${base}/to-closed`)).body).toBe('closed');
        await get(MaintenanceService).enable();
        BehindController.closedRuns = 0;
        for (const method of ['GET', 'HEAD']) {
          const ask = (path: string) => rawRequest(port, `${base}/${path}`, {}, method);
          expect((await ask('to-open')).status).toBe(200);
          expectBlocked(await ask('to-closed'));
          expectBlocked(await ask('to-raw'));
          for (const path of ['to-middleware', 'to-nothing']) {
            const { status, headers } = await ask(path);
            expect({ path, status }).toEqual({ path, status: 404 });
            expect(headers).not.toHaveProperty('maintenance-mode');
          }
        }
        expect(BehindController.closedRuns).toBe(0);
      },
    );
  },
);

describe.each(['', 'api'])('An open handler, on fastify with the prefix "%s",', (prefix) => {
  it('may send a file that is missing: its own 404', async () => {
    const root = await makeDirectory();
    const created = await createFastify?.({
      controllers: [SendingController],
      configure: async (app) => {
        if (prefix !== '') app.setGlobalPrefix(prefix);
        const instance = app.getHttpAdapter().getInstance() as {
          register(plugin: unknown, options: object): PromiseLike<unknown>;
        };
        await instance.register(load('@fastify/static'), { root, prefix: '/files/' });
      },
    });
    if (!created) throw new Error('There is no Fastify.');
    const { port, get } = created;
    await get(MaintenanceService).enable();
    for (const method of ['GET', 'HEAD']) {
      const { status, headers } = await rawRequest(port, `${prefix && `/${prefix}`}/missing`, {}, method);
      expect(status).toBe(404);
      expect(headers).not.toHaveProperty('maintenance-mode');
    }
    expectBlocked(await rawRequest(port, '/files/missing'));
  });
});
