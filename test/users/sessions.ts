import { randomBytes } from 'node:crypto';
import fastifyCookie from '@fastify/cookie';
import fastifySession from '@fastify/session';
import {
  Controller,
  type ExecutionContext,
  Get,
  HttpCode,
  type INestApplication,
  Injectable,
  Module,
  Post,
  Req,
  UseGuards,
} from '@nestjs/common';
import { AuthGuard, PassportModule, PassportSerializer, PassportStrategy } from '@nestjs/passport';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import session from 'express-session';
import passport from 'passport';
import { Strategy } from 'passport-local';
import request from 'supertest';
import { MaintenanceOff, MaintenanceOn, type UserOptions } from '../../lib/index.js';
import { type AppSettings, platforms } from '../support/platforms.js';

/** Nobody has a password but `right`. */
const PEOPLE: Readonly<Record<string, object>> = {
  uma: { id: 'uma' },
  sam: { id: 'sam', isStaff: true },
  sue: { id: 'sue', isSuperuser: true },
  both: { id: 'both', isStaff: true, isSuperuser: true },
};

export interface SessionRequest {
  readonly session: { user?: unknown } | null;
  readonly body: { readonly username: string };
  readonly user?: unknown;
}

const secret = randomBytes(32).toString('hex');

function nameOf(user: unknown): string {
  return typeof user === 'object' && user !== null && 'id' in user ? String(user.id) : 'anonymous';
}

function logIn({ session: target, body }: SessionRequest): void {
  if (target) target.user = PEOPLE[body.username];
}

@Injectable()
class LocalStrategy extends PassportStrategy(Strategy) {
  validate(username: string, password: string): object | null {
    return password === 'right' ? (PEOPLE[username] ?? null) : null;
  }
}

@Injectable()
class ById extends PassportSerializer {
  serializeUser(user: unknown, done: (error: unknown, id: string) => void): void {
    done(null, nameOf(user));
  }

  deserializeUser(id: string, done: (error: unknown, user: object | null) => void): void {
    done(null, PEOPLE[id] ?? null);
  }
}

@Injectable()
class LocalLoginGuard extends AuthGuard('local') {
  override async canActivate(context: ExecutionContext): Promise<boolean> {
    await super.canActivate(context);
    await super.logIn(context.switchToHttp().getRequest<Express.Request>());
    return true;
  }
}

/** Who am I: on a page as any other, and on one that maintenance leaves alone. */
@Controller()
abstract class WhoController {
  protected abstract of(request: SessionRequest): unknown;

  @Get('who')
  who(@Req() req: SessionRequest): string {
    return nameOf(this.of(req));
  }

  @MaintenanceOn()
  @Get('closed')
  closed(): string {
    return 'closed';
  }

  @MaintenanceOff()
  @Get('open')
  open(@Req() req: SessionRequest): string {
    return nameOf(this.of(req));
  }
}

@Controller()
class PassportController extends WhoController {
  protected of({ user }: SessionRequest): unknown {
    return user;
  }

  @MaintenanceOff()
  @UseGuards(LocalLoginGuard)
  @HttpCode(200)
  @Post('login')
  login(): void {}
}

@Controller()
class SessionController extends WhoController {
  protected of({ session: target }: SessionRequest): unknown {
    return target?.user;
  }

  @MaintenanceOff()
  @HttpCode(200)
  @Post('login')
  login(@Req() req: SessionRequest): void {
    logIn(req);
  }
}

@Module({ imports: [PassportModule], providers: [LocalStrategy, ById] })
class PassportSessionModule {}

const expressSession = (app: INestApplication): void => {
  const options = { secret, resave: false, saveUninitialized: false };
  (app as NestExpressApplication).use(session({ ...options, store: new session.MemoryStore() }));
};

const usePassport = (app: INestApplication): void => {
  expressSession(app);
  app.use(passport.initialize(), passport.session());
};

const useFastifySession = async (app: INestApplication): Promise<void> => {
  const fastify = app as NestFastifyApplication;
  await fastify.register(fastifyCookie);
  await fastify.register(fastifySession, { secret, cookie: { secure: false }, saveUninitialized: false });
};

const [[, express], [, fastify]] = platforms as [(typeof platforms)[number], (typeof platforms)[number]];
const user: UserOptions = { get: ({ session: target }: SessionRequest) => target?.user };

/** Applications whose users log in at `/login`. */
export const sessionKinds: [
  name: string,
  createApp: typeof express,
  settings: AppSettings,
  user: UserOptions,
][] = [
  [
    'Passport, after the guards',
    express,
    { imports: [PassportSessionModule], controllers: [PassportController], configure: usePassport },
    {},
  ],
  [
    'Passport, with afterGuards: false',
    express,
    { imports: [PassportSessionModule], controllers: [PassportController], configure: usePassport },
    { afterGuards: false },
  ],
  ['express-session alone', express, { controllers: [SessionController], configure: expressSession }, user],
  ['@fastify/session', fastify, { controllers: [SessionController], configure: useFastifySession }, user],
  [
    '@fastify/session, after the guards',
    fastify,
    { controllers: [SessionController], configure: useFastifySession },
    { ...user, afterGuards: true },
  ],
];

/** Logs in, and returns the cookie that says so from then on. */
export async function logInAs(url: string, username: string): Promise<{ Cookie: string }> {
  const response = await request(url).post('/login').send({ username, password: 'right' }).expect(200);
  const [cookie = ''] = response.get('Set-Cookie') ?? [];
  return { Cookie: cookie.split(';', 1).join('') };
}
