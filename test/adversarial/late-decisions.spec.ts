import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Version,
  VersioningType,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { MaintenanceOff, MaintenanceService } from '../../lib/index.js';
import { closeApps, platforms } from '../support/platforms.js';
import { rawRequest } from '../support/raw-request.js';
import { expectBlocked } from './blocked.js';
import { everywhere } from './layouts.js';
import { addRawRoute, answering } from './raw-parts.js';
import { ClosedController, OffController } from './routes.js';

/** Knows the administrator, as late as guards do. */
class LoginGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context
      .switchToHttp()
      .getRequest<{ headers: Record<string, string | undefined>; user?: unknown }>();
    if (request.headers['authorization'] === 'Bearer admin')
      request.user = { id: 'admin', isSuperuser: true };
    return true;
  }
}

@Controller('versions')
class VersionsController {
  @Get()
  @Version('1')
  before(): string {
    return '1';
  }

  @Get()
  @Version('2')
  @MaintenanceOff()
  open(): string {
    return '2';
  }

  @Get()
  @Version('3')
  behind(): string {
    return '3';
  }
}

const ADMIN = { Authorization: 'Bearer admin' };

afterEach(closeApps);

describe.each(everywhere)('Where only guards know the user, on %s,', (_, { base, createApp }) => {
  const create = () =>
    createApp({
      options: { ignore: { superusers: true } },
      controllers: [OffController, ClosedController],
      providers: [{ provide: APP_GUARD, useClass: LoginGuard }],
      configure: (app) => {
        app.use('/used', answering(200, 'used'));
        addRawRoute(app, '/raw', 'raw');
      },
    });

  it('routes are decided on when all guards have run', async () => {
    const { port, get } = await create();
    await get(MaintenanceService).enable();
    expect(await rawRequest(port, `${base}/closed`, ADMIN)).toMatchObject({ status: 200, body: 'closed' });
    expectBlocked(await rawRequest(port, `${base}/closed`));
    expect(await rawRequest(port, `${base}/off`)).toMatchObject({ status: 200, body: 'off' });
  });

  it('what no guard sees has no user, and is blocked', async () => {
    const { port, get } = await create();
    expect(await rawRequest(port, '/used', ADMIN)).toMatchObject({ status: 200, body: 'used' });
    expect(await rawRequest(port, '/raw', ADMIN)).toMatchObject({ status: 200, body: 'raw' });
    await get(MaintenanceService).enable();
    for (const path of ['/nowhere', `${base}/closed/nowhere`, '/used', '/raw', '/']) {
      expectBlocked(await rawRequest(port, path, ADMIN));
      expectBlocked(await rawRequest(port, path));
    }
    expectBlocked(await rawRequest(port, `${base}/closed`, ADMIN, 'DELETE'));
  });
});

describe.each(platforms)('Where only guards know the user, on %s,', (_, createApp) => {
  it.each(['1', '2', '3'])(
    'version %s of a route is decided on, whatever the others are',
    async (version) => {
      const { port, get } = await createApp({
        options: { ignore: { superusers: true } },
        controllers: [VersionsController],
        providers: [{ provide: APP_GUARD, useClass: LoginGuard }],
        configure: (app) => {
          app.enableVersioning({ type: VersioningType.HEADER, header: 'X-Version' });
          addRawRoute(app, '/raw', 'raw');
        },
      });
      await get(MaintenanceService).enable();
      const answer = await rawRequest(port, '/versions', { ...ADMIN, 'X-Version': version });
      expect(answer).toMatchObject({ status: 200, body: version });
      const other = await rawRequest(port, '/versions', { 'X-Version': version });
      if (version === '2') expect(other).toMatchObject({ status: 200, body: '2' });
      else expectBlocked(other);
    },
  );
});
