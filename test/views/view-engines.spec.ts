import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, type INestApplication, Res } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import handlebars from 'handlebars';
import request from 'supertest';
import { MaintenanceOff, MaintenanceService } from '../../lib/index.js';
import { closeApps, platforms } from '../support/platforms.js';

interface WithLocals {
  readonly locals?: Readonly<Record<string, unknown>>;
}

@Controller('locals')
@MaintenanceOff()
class LocalsController {
  /** The response's locals as they are; null where it has none. */
  @Get()
  locals(@Res({ passthrough: true }) response: WithLocals): object {
    return { locals: response.locals ?? null };
  }
}

type Engine = (app: INestApplication) => void;

const express =
  (configure: (app: NestExpressApplication) => void): Engine =>
  (app) =>
    configure(app as NestExpressApplication);
const fastify =
  (options: Parameters<NestFastifyApplication['setViewEngine']>[0]): Engine =>
  (app) =>
    void (app as NestFastifyApplication).setViewEngine(options);

const NO_ENGINE = (_path: string, _locals: object, done: (error: null, html: string) => void): void =>
  done(null, '');

const engines: Readonly<Record<'express' | 'fastify', readonly [name: string, set: Engine][]>> = {
  express: [
    ['the setting "view engine"', express((app) => app.setViewEngine('hbs'))],
    ['app.engine', express((app) => app.engine('html', NO_ENGINE))],
  ],
  fastify: [
    ['@fastify/view', fastify({ engine: { handlebars } })],
    ['@fastify/view by another name', fastify({ engine: { handlebars }, propertyName: 'page' })],
  ],
};

const controllers = [LocalsController];
afterEach(closeApps);

describe.each(platforms)('The locals of a response on %s', (platform, createApp) => {
  it.each(engines[platform])(
    'have maintenance with a view engine that is set by %s',
    async (__, configure) => {
      const { url, get } = await createApp({ controllers, configure });
      await request(url)
        .get('/locals')
        .expect(200, { locals: { maintenance: false, maintenanceNotice: null } });
      await get(MaintenanceService).enable();
      await request(url)
        .get('/locals')
        .expect(200, { locals: { maintenance: true, maintenanceNotice: null } });
    },
  );

  it('are untouched in an application without a view engine', async () => {
    const { url, get } = await createApp({ controllers });
    const untouched = platform === 'express' ? {} : null;
    await request(url).get('/locals').expect(200, { locals: untouched });
    await get(MaintenanceService).enable();
    await request(url).get('/locals').expect(200, { locals: untouched });
  });

  it('say what the "enabled" option forces', async () => {
    const [[, configure] = ['', () => undefined]] = engines[platform];
    const { url } = await createApp({ controllers, configure, options: { enabled: true } });
    const { body } = await request(url).get('/locals').expect(200);
    expect(body).toEqual({ locals: { maintenance: true, maintenanceNotice: null } });
  });
});
