import { afterEach, describe, expect, it } from '@jest/globals';
import { type CanActivate, type ExecutionContext } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { MaintenanceService } from '../../lib/index.js';
import { closeApps } from '../support/platforms.js';
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
