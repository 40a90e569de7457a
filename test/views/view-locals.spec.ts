import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from '@jest/globals';
import { Controller, Get, HttpCode, type INestApplication, Post, Render, Res } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { NextFunction, Request, Response } from 'express';
import handlebars from 'handlebars';
import request from 'supertest';
import { type EnableOptions, MaintenanceOff, MaintenanceService } from '../../lib/index.js';
import { SECRET } from '../support/bypass.js';
import { closeApps, platforms, type TestApp } from '../support/platforms.js';
import { makeDirectory, removeDirectories } from '../support/temporary-directory.js';

const TEMPLATE = '{{title}} for {{user}}: maintenance={{maintenance}}{{#if maintenance}}, banner{{/if}}';
const OPEN = 'Tea for ada: maintenance=false';
const BANNER = 'Tea for ada: maintenance=true, banner';

/** What is used of Express's response and Fastify's reply. */
interface WithViews {
  render?(view: string, values: object): void;
  view?(view: string, values: object): unknown;
  locals?: object;
}

@Controller()
class ShopController {
  @Get('shop')
  @Render('shop.hbs')
  shop(): object {
    return { title: 'Tea' };
  }

  @Post('shop')
  @HttpCode(200)
  @Render('shop.hbs')
  buy(): object {
    return { title: 'Tea' };
  }

  @Get('open')
  @MaintenanceOff()
  @Render('shop.hbs')
  open(): object {
    return { title: 'Tea' };
  }

  /** Without `@Render`: by the adapter's own response. */
  @Get('written')
  @MaintenanceOff()
  written(@Res() response: WithViews): unknown {
    const values = { title: 'Tea' };
    return response.view ? response.view('shop.hbs', values) : response.render?.('shop.hbs', values);
  }
}

let views = '';
beforeEach(async () => {
  views = await makeDirectory();
  await writeFile(join(views, 'shop.hbs'), TEMPLATE);
});
afterEach(closeApps);
afterEach(removeDirectories);

/** A view engine, and a local of the application's own: by a middleware on Express, by a hook on Fastify. */
const engines: Readonly<Record<'express' | 'fastify', (app: INestApplication) => void>> = {
  express(app) {
    (app as NestExpressApplication).setBaseViewsDir(views).setViewEngine('hbs');
    app.use((_: Request, response: Response, next: NextFunction) => {
      response.locals['user'] = 'ada';
      next();
    });
  },
  fastify(app) {
    const fastify = app as NestFastifyApplication;
    fastify.setViewEngine({ engine: { handlebars }, templates: views });
    const instance = fastify.getHttpAdapter().getInstance();
    instance.addHook('preHandler', async (_, reply: object) => {
      const target: WithViews = reply;
      target.locals = { ...target.locals, user: 'ada' };
    });
  },
};

describe.each(platforms)('The views of the application on %s', (platform, createApp) => {
  const createShop = async (): Promise<TestApp> =>
    createApp({
      controllers: [ShopController],
      configure: engines[platform],
      options: { bypass: { secret: SECRET } },
    });

  it.each(['/shop', '/open', '/written'])('find maintenance=false at %s while it is off', async (path) => {
    const { url, get } = await createShop();
    await request(url).get(path).expect(200, OPEN);
    await get(MaintenanceService).enable({ startsAt: '2999-01-01T00:00:00Z' });
    await request(url).get(path).expect(200, OPEN);
    await get(MaintenanceService).enable({ scope: 'billing' });
    await request(url).get(path).expect(200, OPEN);
  });

  it.each<[string, string, EnableOptions]>([
    ['/open', '@MaintenanceOff with @Render', {}],
    ['/written', '@MaintenanceOff without @Render', {}],
    ['/shop', 'read-only mode', { mode: 'read-only' }],
    ['/open', '@MaintenanceOff in read-only mode', { mode: 'read-only' }],
  ])('find maintenance=true at %s (%s), and false when it is over', async (path, __, enable) => {
    const { url, get } = await createShop();
    await get(MaintenanceService).enable(enable);
    await request(url).get(path).expect(200, BANNER);
    await get(MaintenanceService).disable();
    await request(url).get(path).expect(200, OPEN);
  });

  it('find maintenance=true for a request that is exempt', async () => {
    const { url, get } = await createShop();
    await get(MaintenanceService).enable();
    await request(url).get('/shop').set('Maintenance-Bypass', SECRET).expect(200, BANNER);
    await request(url).post('/shop').set('Maintenance-Bypass', SECRET).expect(200, BANNER);
    await request(url).get('/shop').expect(503);
  });

  it('find maintenanceNotice while a window is announced or read-only maintenance is active, else null', async () => {
    await writeFile(
      join(views, 'shop.hbs'),
      '{{#with maintenanceNotice}}{{mode}} {{reason}} {{startsAt}} {{endsAt}} {{announced}}{{else}}nothing{{/with}}',
    );
    const { url, get } = await createShop();
    const maintenance = get(MaintenanceService);
    await request(url).get('/shop').expect(200, 'nothing');
    await maintenance.enable({ mode: 'read-only', reason: 'Moving', endsAt: '2999-01-01T00:00:00Z' });
    await request(url).get('/shop').expect(200, 'read-only Moving  2999-01-01T00:00:00.000Z false');
    await maintenance.enable();
    await request(url).get('/open').expect(200, 'nothing');
    await maintenance.disable();
    await request(url).get('/shop').expect(200, 'nothing');
    const startsAt = new Date(Date.now() + 3_600_000).toISOString();
    await maintenance.enable({ startsAt });
    await request(url).get('/shop').expect(200, `full  ${startsAt}  true`);
    await maintenance.enable({ startsAt, announceFrom: new Date(Date.now() + 1_800_000) });
    await request(url).get('/shop').expect(200, 'nothing');
  });

  it('tell each request how it is at that moment', async () => {
    const { url, get } = await createShop();
    await get(MaintenanceService).run(async () => {
      await request(url).get('/open').expect(200, BANNER);
    });
    await request(url).get('/open').expect(200, OPEN);
  });
});
