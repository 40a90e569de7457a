import { afterEach, describe, expect, it } from '@jest/globals';
import type { ExecutionContext } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import type { NextFunction, Request, Response } from 'express';
import request from 'supertest';
import type { IgnoreOptions, UserOptions } from '../../lib/index.js';
import { PageController } from '../support/pages.js';
import { closeApps, platforms } from '../support/platforms.js';

const KINDS: Readonly<Record<string, unknown>> = {
  anonymous: null,
  user: { id: 'uma' },
  staff: { id: 'sam', isStaff: true },
  superuser: { id: 'sue', isSuperuser: true },
};

interface AsKind {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

const truthyUser = (): unknown => ({ isStaff: 'true', isSuperuser: 1 });
const later = async (): Promise<boolean> => true;
const one = (): number => 1;

function hasRole(role: string): (user: { roles: string[] }) => boolean {
  return ({ roles }) => roles.includes(role);
}

const userOf = ({ headers }: AsKind): unknown => KINDS[String(headers['x-kind'])];

afterEach(closeApps);

describe.each(platforms)('User rules on %s', (_, createApp) => {
  async function whoPasses(ignore: IgnoreOptions, user: UserOptions): Promise<string[]> {
    const { url } = await createApp({
      options: { enabled: true, ignore, user },
      controllers: [PageController],
    });
    const passing: string[] = [];
    for (const kind of Object.keys(KINDS)) {
      const { status } = await request(url).get('/page').set('X-Kind', kind);
      if (status === 200) passing.push(kind);
      else expect(status).toBe(503);
    }
    return passing;
  }

  it.each<[IgnoreOptions, string[]]>([
    [{}, []],
    [{ anonymousUsers: true }, ['anonymous']],
    [{ authenticatedUsers: true }, ['user', 'staff', 'superuser']],
    [{ staff: true }, ['staff']],
    [{ superusers: true }, ['superuser']],
    [{ staff: true, superusers: true }, ['staff', 'superuser']],
    [{ anonymousUsers: true, superusers: true }, ['anonymous', 'superuser']],
    [{ anonymousUsers: true, authenticatedUsers: true }, ['anonymous', 'user', 'staff', 'superuser']],
    [{ authenticatedUsers: true, staff: false, superusers: false }, ['user', 'staff', 'superuser']],
    [{ anonymousUsers: false, authenticatedUsers: false, staff: false, superusers: false }, []],
  ])('with %j let %j through', async (ignore, expected) => {
    expect(await whoPasses(ignore, { get: userOf })).toEqual(expected);
  });

  it.each<[string, number[], UserOptions]>([
    ['boolean functions', [503, 200, 200], { isStaff: hasRole('editor'), isSuperuser: hasRole('root') }],
    ['promises, which are a no', [503, 503, 503], { isStaff: later as never, isSuperuser: later as never }],
    ['truthy values, which are a no', [503, 503, 503], { isStaff: one as never, isSuperuser: one as never }],
  ])('use isStaff and isSuperuser: %s give %j', async (__, expected, functions) => {
    const people = [{ roles: [] }, { roles: ['editor'] }, { roles: ['root'] }];
    const get = ({ headers }: AsKind): unknown => people[Number(headers['x-person'])];
    const { url } = await createApp({
      options: { enabled: true, ignore: { staff: true, superusers: true }, user: { get, ...functions } },
      controllers: [PageController],
    });
    const statuses: number[] = [];
    for (const person of ['0', '1', '2']) {
      statuses.push((await request(url).get('/page').set('X-Person', person)).status);
    }
    expect(statuses).toEqual(expected);
  });

  it('accept only isStaff === true and isSuperuser === true by default', async () => {
    expect(await whoPasses({ staff: true, superusers: true }, { get: truthyUser })).toEqual([]);
  });
});

// `handleRequest(_, user) { return user; }` of an optional AuthGuard leaves `false` where there is no token.
describe.each(platforms)('User rules on %s take', (_, createApp) => {
  it.each([false, 0, '', null, undefined])('%j for no user', async (nobody) => {
    const guard = {
      canActivate: (context: ExecutionContext) => {
        context.switchToHttp().getRequest<{ user: unknown }>().user = nobody;
        return true;
      },
    };
    for (const user of [{ get: () => nobody }, {}]) {
      for (const [ignore, status] of [
        [{ authenticatedUsers: true }, 503],
        [{ anonymousUsers: true }, 200],
      ] as const) {
        const { url } = await createApp({
          options: { enabled: true, ignore, user },
          controllers: [PageController],
          providers: [{ provide: APP_GUARD, useValue: guard }],
        });
        await request(url).get('/page').expect(status);
      }
    }
  });
});

// On Fastify, Express middleware sees the raw request: `request.user` is not its to set.
describe('User rules with a middleware that sets request.user on express', () => {
  const [[, createApp]] = platforms as [(typeof platforms)[number]];

  it.each<[string, UserOptions, number]>([
    ['afterGuards is false', { afterGuards: false }, 200],
    ['afterGuards is implied', {}, 200],
    ['user.get returns null', { get: () => null }, 200],
    ['user.get returns a promise of undefined', { get: async () => undefined }, 200],
    ['user.get returns another user', { get: () => ({ id: 'uma' }) }, 503],
  ])('admit the right users if %s', async (__, user, status) => {
    const { url } = await createApp({
      options: { enabled: true, ignore: { staff: true }, user },
      controllers: [PageController],
      configure: (app) =>
        void app.use((req: Request, ___: Response, next: NextFunction) => {
          Object.assign(req, { user: userOf(req) });
          next();
        }),
    });
    await request(url).get('/page').set('X-Kind', 'staff').expect(status);
    await request(url).get('/page').set('X-Kind', 'user').expect(503);
  });
});
