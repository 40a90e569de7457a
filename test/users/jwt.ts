import { randomBytes } from 'node:crypto';
import {
  type CanActivate,
  Controller,
  type DynamicModule,
  type ExecutionContext,
  Get,
  Injectable,
  Module,
  type Type,
  UnauthorizedException,
  UseGuards,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { JwtModule, JwtService } from '@nestjs/jwt';
import { AuthGuard, PassportStrategy } from '@nestjs/passport';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { MaintenanceModule, type MaintenanceModuleOptions } from '../../lib/index.js';
import type { AppSettings } from '../support/platforms.js';

const secret = randomBytes(32).toString('hex');
const jwt = new JwtService({ secret });

export interface Person {
  readonly sub: string;
  readonly isStaff?: boolean;
  readonly isSuperuser?: boolean;
}

interface JwtRequest {
  readonly headers: Readonly<Record<string, string | undefined>>;
  user?: unknown;
}

/** The header that says who sends a request. */
export function as(person: Person): { Authorization: string } {
  return { Authorization: `Bearer ${jwt.sign(person)}` };
}

export const STAFF = as({ sub: 'sam', isStaff: true });
export const USER = as({ sub: 'uma' });
export const SUPERUSER = as({ sub: 'sue', isSuperuser: true });
export const ANONYMOUS = {};

/** For `user.get`: the user of a valid token, else null. */
export async function verify({ headers }: JwtRequest): Promise<unknown> {
  const [, token = ''] = /^Bearer (\S+)$/.exec(headers['authorization'] ?? '') ?? [];
  return jwt.verifyAsync<Person>(token).catch(() => null);
}

/** Passport's, for Express. */
@Injectable()
class PassportJwtGuard extends AuthGuard('jwt') {}

/** Written by hand, for Fastify. */
@Injectable()
class HandWrittenJwtGuard implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<JwtRequest>();
    request.user = await verify(request);
    if (request.user === null) throw new UnauthorizedException();
    return true;
  }
}

@Injectable()
class JwtStrategy extends PassportStrategy(Strategy) {
  constructor() {
    super({ jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(), secretOrKey: secret });
  }

  validate(payload: Person): Person {
    return payload;
  }
}

@Module({
  imports: [JwtModule.register({ secret })],
  providers: [JwtStrategy, PassportJwtGuard, HandWrittenJwtGuard],
  exports: [PassportJwtGuard, HandWrittenJwtGuard],
})
export class JwtAuthModule {}

/** A guard that answers 401 to anonymous requests and sets `request.user` for others. */
export const jwtGuards = { express: PassportJwtGuard, fastify: HandWrittenJwtGuard } as const;

@Module({})
export class AppGuardModule {
  static with(guard: Type<CanActivate>): DynamicModule {
    return {
      module: this,
      imports: [JwtAuthModule],
      providers: [{ provide: APP_GUARD, useExisting: guard }],
    };
  }
}

@Controller('profile')
export class ProfileController {
  ran = 0;

  @Get()
  profile(): string {
    this.ran += 1;
    return 'the profile';
  }
}

function guarded(guard: Type<CanActivate>): Type {
  class GuardedController extends ProfileController {
    @UseGuards(guard)
    @Get()
    override profile(): string {
      return super.profile();
    }
  }
  Controller('profile')(GuardedController);
  return GuardedController;
}

type Placement = (guard: Type<CanActivate>, options: MaintenanceModuleOptions) => AppSettings;

/** Where applications put their guard; each has the route `/profile`. */
export const placements: [where: string, Placement][] = [
  [
    'an APP_GUARD of a module that is imported before',
    (guard, options) => ({
      maintenance: null,
      imports: [AppGuardModule.with(guard), MaintenanceModule.forRoot(options)],
      controllers: [ProfileController],
    }),
  ],
  [
    'an APP_GUARD of a module that is imported after',
    (guard, options) => ({
      options,
      imports: [AppGuardModule.with(guard)],
      controllers: [ProfileController],
    }),
  ],
  [
    'app.useGlobalGuards',
    (guard, options) => ({
      options,
      imports: [JwtAuthModule],
      controllers: [ProfileController],
      configure: (app) => void app.useGlobalGuards(app.get(guard, { strict: false })),
    }),
  ],
  [
    'a guard of the route',
    (guard, options) => ({ options, imports: [JwtAuthModule], controllers: [guarded(guard)] }),
  ],
];
