import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Controller, Get, Next, Res, UseGuards } from '@nestjs/common';
import type { CanActivate, LoggerService } from '@nestjs/common';
import { MaintenanceOff, MaintenanceService } from '../../lib/index.js';
import { closeApps, platforms } from '../support/platforms.js';
import { rawRequest } from '../support/raw-request.js';
import { expectBlocked } from './blocked.js';
import { answering } from './raw-parts.js';
import { ClosedController, OffController } from './routes.js';

jest.setTimeout(60_000);

afterEach(closeApps);

const TARGETS = ['http://[/', 'x://[', 'http://[', '/api/%zz', '//[', '/%', 'http://', '*'];

const log = (): undefined => undefined;

class NoGuard implements CanActivate {
  canActivate(): boolean {
    return true;
  }
}

@Controller('missing')
class MissingController {
  @Get()
  @MaintenanceOff()
  @UseGuards(NoGuard)
  missing(@Res() reply: { callNotFound?: () => void }, @Next() next: () => void): void {
    if (reply.callNotFound) reply.callNotFound();
    else next();
  }
}

describe.each(platforms)('On %s', (platform, createApp) => {
  it.each(TARGETS)('a request to %s is answered, with CORS', async (target) => {
    const { port, get } = await createApp({
      controllers: [OffController, ClosedController],
      configure: (app) => app.enableCors(),
    });
    await get(MaintenanceService).enable();
    for (const method of ['GET', 'OPTIONS', 'POST']) {
      expect([204, 400, 404, 503]).toContain(
        (await rawRequest(port, target, { Origin: 'http://a' }, method)).status,
      );
    }
    expectBlocked(await rawRequest(port, '/closed'));
  });

  it.each<[string, (callback: (error: Error | null, allowed?: boolean) => void) => void]>([
    [
      'throws',
      () => {
        throw new Error('origins');
      },
    ],
    ['fails', (callback) => callback(new Error('origins'))],
    ['fails later', (callback) => setImmediate(() => callback(new Error('origins')))],
    ['never calls back', () => undefined],
    ['calls back too late', (callback) => setTimeout(() => callback(null, true), 2500)],
  ])('a CORS function that %s does not keep a blocked request from its answer', async (_, origin) => {
    const { port, get } = await createApp({
      controllers: [ClosedController],
      configure: (app) =>
        app.enableCors({ origin: (__: unknown, callback: Parameters<typeof origin>[0]) => origin(callback) }),
    });
    await get(MaintenanceService).enable();
    const answers = await Promise.all(
      [1, 2, 3].map(() => rawRequest(port, '/closed', { Origin: 'http://a' })),
    );
    for (const answer of answers) expectBlocked(answer);
  });

  it.each([false, true])(
    'a rule that throws blocks the request and is logged once, async: %s',
    async (isAsync) => {
      const errors: unknown[] = [];
      const logger = {
        log,
        warn: log,
        error: (message: unknown) => void errors.push(message),
      } as LoggerService;
      const { app, port, get } = await createApp({
        logger,
        controllers: [ClosedController, OffController],
        options: { ignore: { ipAddresses: ['10.0.0.1'], ...(isAsync && { when: async () => false }) } },
        configure: (starting) => {
          const instance = starting.getHttpAdapter().getInstance() as object;
          if (platform === 'express') {
            (instance as { set(name: string, value: unknown): void }).set('trust proxy', () => {
              throw new Error('proxy');
            });
          } else {
            (instance as { addHook(name: string, hook: unknown): void }).addHook(
              'onRequest',
              (_: object, __: object, done: () => void) => done(),
            );
          }
        },
      });
      void app;
      await get(MaintenanceService).enable();
      errors.length = 0;
      for (let count = 0; count < 5; count += 1)
        expectBlocked(await rawRequest(port, '/closed', { 'X-Forwarded-For': '1.1.1.1' }));
      expect(errors.length).toBeLessThanOrEqual(1);
    },
  );

  it("an open handler's own 404 is its answer, and nothing behind it is served", async () => {
    const { port, get } = await createApp({
      controllers: [MissingController],
      configure: async (app) => {
        await app.init();
        // On Fastify middleware stands in front of all handlers.
        if (platform === 'express') app.use('/missing', answering(200, 'behind'));
      },
    });
    await get(MaintenanceService).enable();
    const { status, headers, body } = await rawRequest(port, '/missing');
    expect({ status, body: JSON.parse(body) as unknown }).toMatchObject({
      status: 404,
      body: { statusCode: 404, message: 'Cannot GET /missing' },
    });
    expect(headers).not.toHaveProperty('maintenance-mode');
  });
});
