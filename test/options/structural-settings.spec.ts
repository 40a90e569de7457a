import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type CanActivate,
  type ExecutionContext,
  Injectable,
  SetMetadata,
  UnauthorizedException,
} from '@nestjs/common';
import { APP_GUARD, Reflector } from '@nestjs/core';
import request from 'supertest';
import { MaintenanceModule, MaintenanceOptionsError, MaintenanceService } from '../../lib/index.js';
import { PageController } from '../support/pages.js';
import { BEARER, people } from '../support/people.js';
import { closeApps, platforms } from '../support/platforms.js';

/** Refuses everybody where the class does not say that it is public, as an application-wide JWT guard does. */
@Injectable()
class JwtGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    if (this.reflector.get<boolean | undefined>('public', context.getClass())) return true;
    throw new UnauthorizedException();
  }
}

class AdminGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const message = context.switchToHttp().getRequest<{ headers: Record<string, string>; user?: unknown }>();
    if (message.headers['x-admin'] === 'yes') message.user = { id: 'ada', isSuperuser: true };
    return true;
  }
}

afterEach(closeApps);

describe.each(platforms)('The structural settings on %s', (_, createApp) => {
  it('controller: false leaves an ordinary 404 where the toggle routes would be', async () => {
    const { url, get } = await createApp({
      options: { controller: false, user: people },
      controllers: [PageController],
    });
    for (const path of ['', '/on', '/off', '/bypass/x']) {
      const response = await request(url).get(`/maintenance-mode${path}`).set(BEARER).expect(404);
      expect(response.body).toMatchObject({ message: `Cannot GET /maintenance-mode${path}` });
    }
    await request(url).post('/maintenance-mode/on').set(BEARER).expect(404);
    expect(get(MaintenanceService).isActive()).toBe(false);
    await get(MaintenanceService).enable();
    await request(url).get('/page').expect(503);
  });

  it.each(['ops/down', '/ops/down/'])('controller.path %s moves the toggle routes', async (path) => {
    const { url } = await createApp({ options: { controller: { path }, user: people } });
    await request(url).get('/maintenance-mode').expect(404);
    await request(url).post('/ops/down/on').set(BEARER).expect(200);
    await request(url)
      .get('/ops/down')
      .expect(200, /"state":"active"/);
    await request(url).get('/ops/down/off').set(BEARER).expect(200);
  });

  it('controller.guards run on the routes, and may set the user', async () => {
    const { url } = await createApp({ options: { controller: { guards: [AdminGuard] } } });
    await request(url).post('/maintenance-mode/on').expect(403);
    await request(url).post('/maintenance-mode/on').set('X-Admin', 'yes').expect(200);
  });

  it('controller.guards takes instances', async () => {
    const { url } = await createApp({ options: { controller: { guards: [new AdminGuard()] } } });
    await request(url).post('/maintenance-mode/on').set('X-Admin', 'yes').expect(200);
  });

  it('controller.decorators tell an application-wide guard that the routes are public', async () => {
    const providers = [{ provide: APP_GUARD, useClass: JwtGuard }];
    const closed = await createApp({ providers, options: { user: people } });
    await request(closed.url).get('/maintenance-mode').expect(401);

    const decorators = [SetMetadata('public', true)];
    const open = await createApp({ providers, options: { user: people, controller: { decorators } } });
    await request(open.url).get('/maintenance-mode').expect(200);
    await request(open.url).post('/maintenance-mode/on').set(BEARER).expect(200);
    await request(open.url).post('/maintenance-mode/on').expect(403);
  });

  it('two applications with different settings in one process do not disturb each other', async () => {
    const one = await createApp({ options: { controller: { path: 'one' } } });
    const two = await createApp({ options: { controller: { path: 'two' } } });
    await request(one.url).get('/one').expect(200);
    await request(one.url).get('/two').expect(404);
    await request(two.url).get('/two').expect(200);
    await request(two.url).get('/one').expect(404);
  });

  it.each(['controller'])('%s in the result of a factory is refused', async (name) => {
    const maintenance = MaintenanceModule.forRootAsync({ useFactory: () => ({ [name]: false }) });
    const error: unknown = await createApp({ maintenance }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(MaintenanceOptionsError);
    expect(error).toMatchObject({ path: name });
    expect(String(error)).toContain('set it beside "useFactory"');
  });
});
