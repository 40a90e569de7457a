import { Writable } from 'node:stream';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Injectable, ServiceUnavailableException } from '@nestjs/common';
import { InjectPinoLogger, Logger, LoggerModule, PinoLogger } from 'nestjs-pino';
import type { LevelWithSilent } from 'pino';
import { pinoHttp } from 'pino-http';
import request from 'supertest';
import { MaintenanceOff, MaintenanceService } from '../../lib/index.js';
import { HTML, PageController, ShopController } from '../support/pages.js';
import { closeApps, platforms, type TestApp } from '../support/platforms.js';

interface Line {
  readonly level: number;
  readonly msg: string;
  readonly context?: string;
  readonly req?: { readonly url: string };
  readonly res?: { readonly statusCode: number; readonly headers: Readonly<Record<string, unknown>> };
}

const INFO = 30;
const ERROR = 50;

/** nestjs-pino has one logger in a process: its applications share what is set here. */
const text: string[] = [];
const lines = (): Line[] => text.map((line) => JSON.parse(line) as Line);
const requests = (): Line[] => lines().filter(({ req }) => req !== undefined);
const ofPackage = (): Line[] => lines().filter(({ context }) => context === 'MaintenanceMode');

const stream = new Writable({
  write(chunk: Buffer, _, done): void {
    text.push(chunk.toString());
    done();
  },
});

/** As docs/observability.md shows it. `LoggerModule.forRoot` makes the loggers of classes that are known by then. */
@Injectable()
class MaintenanceLog {
  constructor(maintenance: MaintenanceService, @InjectPinoLogger('maintenance') logger: PinoLogger) {
    maintenance.events.subscribe(({ type, scope, after, origin, error }) => {
      const { state, mode, reason, by, startsAt, endsAt, revision } = after;
      const fields = { type, scope, origin, state, mode, reason, by, startsAt, endsAt, revision };
      logger.info({ maintenance: fields, err: error }, `Maintenance ${type}`);
    });
  }
}

let maintenanceLevel: LevelWithSilent = 'info';
const pino = LoggerModule.forRoot({
  pinoHttp: [
    {
      customLogLevel: (_, response) => {
        if (response.statusCode < 500) return 'info';
        return response.getHeader('Maintenance-Mode') === undefined ? 'error' : maintenanceLevel;
      },
    },
    stream,
  ],
  // nestjs-pino's own default matches nothing with the Fastify adapter of Nest 12.
  forRoutes: ['{*splat}'],
});

@Controller('broken')
@MaintenanceOff()
class BrokenController {
  @Get()
  broken(): never {
    throw new ServiceUnavailableException('The database is gone.');
  }
}

afterEach(closeApps);

describe.each(platforms)('With nestjs-pino on %s', (_, createApp) => {
  async function createLogged(level: LevelWithSilent): Promise<TestApp> {
    maintenanceLevel = level;
    const app = await createApp({
      imports: [pino],
      controllers: [ShopController, BrokenController],
      configure: (target) => target.useLogger(target.get(Logger)),
    });
    text.length = 0;
    return app;
  }

  it('100 blocked requests make no line of the package, and no error', async () => {
    const { url, get } = await createLogged('info');
    await get(MaintenanceService).enable({ scope: 'shop' });
    text.length = 0;
    for (let count = 0; count < 50; count += 1) {
      await request(url).get('/page').set(HTML).expect(503);
      await request(url).post('/page').expect(503);
    }
    expect(requests()).toHaveLength(100);
    expect(lines()).toHaveLength(100);
    expect([...new Set(lines().map(({ level }) => level))]).toEqual([INFO]);
  });

  it('a maintenance 503 is told from a real one by the header Maintenance-Mode', async () => {
    const { url, get } = await createLogged('info');
    await get(MaintenanceService).enable({ scope: 'shop' });
    await request(url).get('/page').expect(503);
    await request(url).get('/broken').expect(503);
    const seen = requests().map(({ level, req, res }) => [req?.url, res?.statusCode, level]);
    expect(seen).toEqual([
      ['/page', 503, INFO],
      ['/broken', 503, ERROR],
    ]);
  });

  it('what the gate answers is logged by what stands in front of the application', async () => {
    const seen: unknown[] = [];
    const log = pinoHttp(
      { customLogLevel: () => 'info' },
      new Writable({
        write(chunk: Buffer, __, done): void {
          const { req, res } = JSON.parse(chunk.toString()) as Line;
          seen.push([req?.url, res?.statusCode, res?.headers['maintenance-mode']]);
          done();
        },
      }),
    );
    const { url, get } = await createApp({
      controllers: [PageController],
      configure: (app) => void app.getHttpServer().prependListener('request', log),
    });
    await get(MaintenanceService).enable();
    await request(url).get('/page').expect(503);
    await request(url).get('/nowhere').set(HTML).expect(503);
    expect(seen).toEqual([
      ['/page', 503, 'active'],
      ['/nowhere', 503, 'active'],
    ]);
  });

  it('blocked requests can be left out of the log, and real errors stay in it', async () => {
    const { url, get } = await createLogged('silent');
    await get(MaintenanceService).enable({ mode: 'read-only', scope: 'shop' });
    await request(url).post('/page').set(HTML).expect(503);
    await request(url).get('/broken').expect(503);
    await request(url).get('/page').expect(200);
    expect(requests().map(({ req }) => req?.url)).toEqual(['/broken', '/page']);
  });

  it('events become lines with a field for each member', async () => {
    const { get } = await createApp({
      imports: [pino],
      providers: [MaintenanceLog],
      configure: (app) => app.useLogger(app.get(Logger)),
    });
    text.length = 0;
    await get(MaintenanceService).enable({ scope: 'shop', reason: 'We move.', by: 'ada' });
    const structured = lines().filter(({ context }) => context === 'maintenance');
    expect(structured).toEqual([
      expect.objectContaining({
        level: INFO,
        msg: 'Maintenance activated',
        maintenance: {
          type: 'activated',
          scope: 'shop',
          origin: 'local',
          state: 'active',
          mode: 'full',
          reason: 'We move.',
          by: 'ada',
          startsAt: null,
          endsAt: null,
          revision: 1,
        },
      }),
    ]);
  });

  it('activation and deactivation are a line each, with who and why', async () => {
    const { get } = await createLogged('info');
    await get(MaintenanceService).enable({ reason: 'We move.\nBack at "ten": 100%s', by: 'ada' });
    await get(MaintenanceService).disable({ by: 'grace' });
    expect(lines()).toEqual(ofPackage());
    expect(ofPackage().map(({ level, msg }) => [level, msg])).toEqual([
      [INFO, 'Maintenance activated: full, for "We move.\\nBack at \\"ten\\": 100%s", by "ada".'],
      [INFO, 'Maintenance deactivated, by "grace".'],
    ]);
    // What is written is one line each, too.
    expect(text.map((line) => line.trimEnd().split('\n').length)).toEqual([1, 1]);
  });
});
