import { afterEach, describe, expect, it } from '@jest/globals';
import { type CanActivate, type ExecutionContext, Injectable, SetMetadata, type Type } from '@nestjs/common';
import { APP_GUARD, Reflector } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import request from 'supertest';
import { type MaintenanceModuleOptions, MaintenanceService } from '../../lib/index.js';
import { closeApps, platforms } from '../support/platforms.js';
import {
  ANONYMOUS,
  JwtAuthModule,
  jwtGuards,
  ProfileController,
  STAFF,
  SUPERUSER,
  USER,
  verify,
} from './jwt.js';

const Public = () => SetMetadata('isPublic', true);

/** As the Nest documentation has it: every route asks for a token, unless it is public. */
function exceptPublic(guard: Type<CanActivate>): Type<CanActivate> {
  @Injectable()
  class AppGuard extends guard {
    readonly #reflector = new Reflector();

    override canActivate(context: ExecutionContext) {
      const targets = [context.getHandler(), context.getClass()];
      return this.#reflector.getAllAndOverride<boolean>('isPublic', targets) || super.canActivate(context);
    }
  }
  return AppGuard;
}

@Injectable()
class OptionalPassportGuard extends AuthGuard('jwt') {
  override handleRequest<T>(_: unknown, user: T): T {
    return user;
  }
}

@Injectable()
class OptionalHandWrittenGuard implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const asked = context.switchToHttp().getRequest<Parameters<typeof verify>[0]>();
    asked.user = await verify(asked);
    return true;
  }
}

const optionalGuards = { express: OptionalPassportGuard, fastify: OptionalHandWrittenGuard } as const;

afterEach(closeApps);

describe.each(platforms)('With a guard that requires a token on every route on %s', (platform, createApp) => {
  async function start(options: Parameters<typeof createApp>[0] & object) {
    const created = await createApp({
      ...options,
      imports: [JwtAuthModule],
      controllers: [ProfileController],
      providers: [{ provide: APP_GUARD, useClass: exceptPublic(jwtGuards[platform]) }],
    });
    return {
      ...created,
      maintenance: created.get(MaintenanceService),
      base: `${created.url}/maintenance-mode`,
    };
  }

  const controller = { decorators: [Public()], guards: [optionalGuards[platform]] };

  it.each<[string, MaintenanceModuleOptions & { controller?: object }]>([
    ['a guard that sets request.user where there is a token', { controller }],
    ['user.get', { controller: { decorators: [Public()] }, user: { get: verify } }],
    ['both', { controller, user: { get: verify } }],
  ])('and public toggle routes with %s, anyone reads and a superuser toggles', async (_, options) => {
    const { url, base, maintenance } = await start({ options });
    for (const who of [ANONYMOUS, USER, STAFF]) {
      await request(base).post('/on').set(who).expect(403);
      await request(base).get('/on').set(who).expect(403);
    }
    expect(maintenance.isActive()).toBe(false);
    await request(base).post('/on').set(SUPERUSER).send({ reason: 'Why' }).expect(200);
    expect(maintenance.status()).toMatchObject({ state: 'active', reason: 'Why', by: 'sue' });

    for (const who of [ANONYMOUS, USER, SUPERUSER]) {
      const { body } = await request(base).get('').set(who).expect(200);
      expect(body).toMatchObject({ state: 'active' });
    }
    for (const who of [ANONYMOUS, USER]) await request(base).post('/off').set(who).expect(403);
    await request(url).get('/profile').set(USER).expect(503);
    await request(base).get('/off').set(SUPERUSER).expect(200);
    await request(url).get('/profile').set(USER).expect(200);
    await request(url).get('/profile').expect(401);
  });

  it("and toggle routes that are not public, the guard's 401 comes first", async () => {
    const { base, maintenance } = await start({ options: { user: { get: verify } } });
    for (const ask of [
      request(base).get(''),
      request(base).post('/on'),
      request(base).get('/on'),
      request(base).post('/off'),
    ]) {
      await ask.expect(401);
    }
    await request(base).get('').set(USER).expect(200);
    await request(base).post('/on').set(USER).expect(403);
    expect(maintenance.isActive()).toBe(false);
    await request(base).post('/on').set(SUPERUSER).expect(200);
    expect(maintenance.isActive()).toBe(true);
  });
});
