import {
  All,
  type CanActivate,
  Controller,
  type ExecutionContext,
  type INestApplication,
  Req,
} from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import fastifyCompress from '@fastify/compress';
import fastifyCookie from '@fastify/cookie';
import fastifySession from '@fastify/session';
import compression from 'compression';
import session from 'express-session';
import { MaintenanceOff } from 'nestjs-maintenance-mode';
import { note, type Noted, USER_HEADER } from '../journal.js';

const SECRET = 'a secret of the fuzz test, which is long enough';

/** An open catch-all, beneath which there are static files. */
@Controller('open')
@MaintenanceOff()
export class OpenCatchAll {
  @All(['', '*'])
  any(@Req() request: Noted): string {
    note(request, 'off:open');
    // Enough to be compressed.
    return 'open '.repeat(500);
  }
}

/** Knows the user, so that rules for users can be decided only after it. */
export const userGuard: CanActivate = {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<Noted & { user?: object }>();
    request.user = { isStaff: request.headers[USER_HEADER] === 'staff' };
    return true;
  },
};

/** What stands in front of the handlers in real applications, and wraps or answers what they write. */
export async function addLayers(app: INestApplication, onExpress: boolean): Promise<void> {
  app.enableCors({ origin: true, credentials: true });
  app.useGlobalGuards(userGuard);
  if (onExpress) {
    app.use(compression({ threshold: 100 }));
    app.use(session({ secret: SECRET, resave: true, saveUninitialized: true, rolling: true }));
    return;
  }
  const fastify = app as NestFastifyApplication;
  // Nest's types are those of another copy of Fastify, in some installations.
  const register = fastify.register.bind(fastify) as (plugin: unknown, options?: object) => Promise<unknown>;
  await register(fastifyCompress, { threshold: 100 });
  await register(fastifyCookie);
  await register(fastifySession, {
    secret: SECRET,
    cookie: { secure: false },
    saveUninitialized: true,
    rolling: true,
  });
}
