import type { Server, ServerResponse } from 'node:http';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type ArgumentsHost,
  Catch,
  Controller,
  type ExceptionFilter,
  Get,
  type INestApplication,
  Logger,
  type LoggerService,
  Render,
  ServiceUnavailableException,
  UseFilters,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import handlebars from 'handlebars';
import request from 'supertest';
import {
  isMaintenanceException,
  MaintenanceOff,
  MaintenanceScope,
  MaintenanceService,
} from '../../lib/index.js';
import { PageController } from '../support/pages.js';
import { BEARER, people } from '../support/people.js';
import { closeApps, platforms } from '../support/platforms.js';
import { makeDirectory, removeDirectories } from '../support/temporary-directory.js';

@Controller('view')
@MaintenanceOff()
class ViewController {
  @Get()
  @Render('banner.hbs')
  view(): object {
    return {};
  }
}

/** A filter of the application, as for error reporting. */
@Catch()
class LoggingFilter implements ExceptionFilter {
  readonly #logger = new Logger('Errors');

  constructor(private readonly adapterHost: HttpAdapterHost) {}

  catch(error: unknown, host: ArgumentsHost): void {
    this.#logger.error(isMaintenanceException(error) ? 'maintenance' : `real: ${String(error)}`);
    this.adapterHost.httpAdapter.reply(host.switchToHttp().getResponse(), 'an error', 503);
  }
}

@Controller('items')
@UseFilters(LoggingFilter)
class ItemsController {
  @Get()
  @MaintenanceScope('items')
  items(): string {
    return 'items';
  }

  @Get('broken')
  @MaintenanceOff()
  broken(): never {
    throw new ServiceUnavailableException('The database is gone.');
  }
}

/** In front of the application, as pino-http can stand. */
function logRequests(app: INestApplication): void {
  const logger = new Logger('Access');
  const server = app.getHttpServer() as Server;
  server.prependListener('request', (_, response: ServerResponse) => {
    response.once('finish', () =>
      logger.error(response.hasHeader('Maintenance-Mode') ? 'maintenance' : 'real'),
    );
  });
}

/** Nest's logger writes into it. */
class Lines implements LoggerService {
  readonly lines: string[] = [];

  log(): void {}
  warn(): void {}

  error(message: unknown, ...rest: unknown[]): void {
    if (['Errors', 'Access'].includes(String(rest.at(-1)))) this.lines.push(String(message));
  }
}

afterEach(closeApps);
afterEach(removeDirectories);

describe.each(platforms)('Parity 29: views of the application on %s', (platform, createApp) => {
  it('see whether maintenance is on', async () => {
    const directory = await makeDirectory();
    await writeFile(join(directory, 'banner.hbs'), '{{#if maintenance}}on{{else}}off{{/if}}');
    const configure = (app: INestApplication): void => {
      if (platform === 'express') {
        (app as NestExpressApplication).setBaseViewsDir(directory).setViewEngine('hbs');
      } else {
        (app as NestFastifyApplication).setViewEngine({ engine: { handlebars }, templates: directory });
      }
    };
    const { url, get } = await createApp({ controllers: [ViewController], configure });
    await request(url).get('/view').expect(200, 'off');
    await get(MaintenanceService).enable();
    await request(url).get('/view').expect(200, 'on');
    await get(MaintenanceService).disable();
    await request(url).get('/view').expect(200, 'off');
  });
});

describe.each(platforms)('Parity 30: logs on %s', (_, createApp) => {
  it('tell a maintenance 503 from a real one by isMaintenanceException', async () => {
    const logger = new Lines();
    const { url, get } = await createApp({ controllers: [ItemsController], logger });
    await get(MaintenanceService).enable({ scope: 'items' });
    await request(url).get('/items').expect(503);
    await request(url).get('/items/broken').expect(503);
    expect(logger.lines).toEqual(['maintenance', expect.stringMatching(/^real: .*The database is gone/)]);
  });

  it('tell them apart by the header Maintenance-Mode', async () => {
    const logger = new Lines();
    const controllers = [PageController, ItemsController];
    const { url, get } = await createApp({ controllers, logger, configure: logRequests });
    await get(MaintenanceService).enable();
    const page = await request(url).get('/page').expect(503);
    expect(page.headers).toHaveProperty('maintenance-mode', 'active');
    const broken = await request(url).get('/items/broken').expect(503);
    expect(broken.headers).not.toHaveProperty('maintenance-mode');
    expect(logger.lines).toEqual(['maintenance', expect.stringMatching(/^real: /), 'real']);
  });
});

describe.each(platforms)('Parity 31: the toggle routes on %s', (_, createApp) => {
  it.each([
    ['an anonymous user', {}, 403],
    ['a plain user', { Authorization: 'Bearer bob' }, 403],
    ['a superuser', BEARER, 200],
  ])('answer %s (%j) with %i', async (__, headers, status) => {
    const { url, get } = await createApp({ controllers: [PageController], options: { user: people } });
    const maintenance = get(MaintenanceService);
    const isAllowed = status === 200;
    for (const method of ['get', 'post'] as const) {
      await maintenance.disable();
      await request(url)[method]('/maintenance-mode/on').set(headers).expect(status);
      expect(maintenance.isActive()).toBe(isAllowed);
      await maintenance.enable();
      await request(url)[method]('/maintenance-mode/off').set(headers).expect(status);
      expect(maintenance.isActive()).toBe(!isAllowed);
    }
  });
});
