import fastifyCookie from '@fastify/cookie';
import fastifySession from '@fastify/session';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, HttpCode, type INestApplication, Post, Req } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import session from 'express-session';
import request from 'supertest';
import { type LogoutOptions, type MaintenanceModuleOptions, MaintenanceOff } from '../../lib/index.js';
import { closeApps, platforms } from '../support/platforms.js';
import { before, type Kind, userOf } from './kinds.js';

/** What is used of the requests of express-session and @fastify/session. */
interface WithSession {
  session?: { user?: object | null; cart?: string } | null;
  logout?: (done: () => void) => void;
}

@Controller()
class ShopController {
  @Post('login')
  @HttpCode(200)
  @MaintenanceOff()
  login(@Req() message: WithSession): void {
    Object.assign(message.session ?? {}, { user: userOf(message), cart: 'tea' });
  }

  /** What the session holds at the time. */
  @Get('me')
  @MaintenanceOff()
  me(@Req() { session: own }: WithSession): object {
    return { isLoggedIn: Boolean(own?.user), cart: own?.cart ?? null };
  }

  @Get('page')
  page(@Req() { session: own }: WithSession): object {
    return { isLoggedIn: Boolean(own?.user) };
  }
}

const SECRET = 'a secret of a test that is long enough';

async function useSessions(app: INestApplication): Promise<void> {
  if (app.getHttpAdapter().getType() === 'express') {
    app.use(session({ secret: SECRET, resave: false, saveUninitialized: false }));
    return;
  }
  const fastify = app as NestFastifyApplication;
  await fastify.register(fastifyCookie);
  await fastify.register(fastifySession, { secret: SECRET, cookie: { secure: false } });
}

/** As Passport has it: the user goes, the rest of the session stays. */
async function usePassportLikeSessions(app: INestApplication): Promise<void> {
  await useSessions(app);
  before(app, (message) => {
    const target = message as WithSession;
    target.logout = (done) => {
      if (target.session) target.session.user = null;
      done();
    };
  });
}

const user = { get: (message: unknown) => (message as WithSession).session?.user };

afterEach(closeApps);

describe.each(platforms)('Parity 19: logout on %s', (_, createApp) => {
  async function shop(options: MaintenanceModuleOptions, configure = useSessions) {
    const { url } = await createApp({
      controllers: [ShopController],
      options: { enabled: true, user, ...options },
      configure,
    });
    return async (kind: Kind) => {
      const agent = request.agent(url);
      await agent.post('/login').set('X-Kind', kind).expect(200);
      await agent.get('/me').expect(200, { isLoggedIn: kind !== 'anonymous', cart: 'tea' });
      return agent;
    };
  }

  it('ends the session of a user, who is judged as anonymous from then on', async () => {
    const logIn = await shop({ logout: { authenticatedUsers: true }, ignore: { anonymousUsers: true } });
    const agent = await logIn('plain');
    await agent.get('/page').expect(200, { isLoggedIn: false });
    await agent.get('/page').expect(200, { isLoggedIn: false });
    await agent.get('/me').expect(200, { isLoggedIn: false, cart: null });
  });

  it('ends it also where anonymous users are blocked', async () => {
    const logIn = await shop({ logout: { authenticatedUsers: true } });
    const agent = await logIn('plain');
    await agent.get('/page').expect(503);
    await agent.get('/me').expect(200, { isLoggedIn: false, cart: null });
  });

  it.each<[logout: LogoutOptions, ended: Kind[]]>([
    [{}, []],
    [{ authenticatedUsers: true }, ['plain', 'staff', 'superuser']],
    [{ authenticatedUsers: true, staff: false }, ['plain', 'superuser']],
    [{ authenticatedUsers: true, superusers: false }, ['plain', 'staff']],
    [{ staff: true }, ['staff']],
    [{ superusers: true }, ['superuser']],
  ])('%j ends the sessions of %j, and no other', async (logout, ended) => {
    const logIn = await shop({ logout });
    for (const kind of ['plain', 'staff', 'superuser'] as const) {
      const agent = await logIn(kind);
      await agent.get('/page').expect(503);
      const { body } = await agent.get('/me').expect(200);
      expect([kind, body]).toMatchObject([kind, { isLoggedIn: !ended.includes(kind) }]);
    }
  });

  it('leaves those alone whom a rule lets through', async () => {
    const logIn = await shop({ logout: { authenticatedUsers: true }, ignore: { staff: true } });
    const agent = await logIn('staff');
    await agent.get('/page').expect(200, { isLoggedIn: true });
  });

  it('asks request.logout of Passport first', async () => {
    const logIn = await shop({ logout: { authenticatedUsers: true } }, usePassportLikeSessions);
    const agent = await logIn('plain');
    await agent.get('/page').expect(503);
    await agent.get('/me').expect(200, { isLoggedIn: false, cart: 'tea' });
  });
});
