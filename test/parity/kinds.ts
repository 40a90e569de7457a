import type { INestApplication } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

export type Kind = 'anonymous' | 'plain' | 'staff' | 'superuser';

const USERS: Readonly<Record<string, object>> = {
  plain: { id: 'paul' },
  staff: { id: 'stella', isStaff: true },
  superuser: { id: 'sue', isSuperuser: true },
};

/** What middlewares and hooks see of a request, on both adapters. */
export interface WithUser {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  user?: unknown;
}

/** The user whose kind a header names; null for anonymous. */
export function userOf(message: unknown, header = 'x-kind'): object | null {
  return USERS[String((message as WithUser).headers[header])] ?? null;
}

/** Lets a function see each request before the guards: by a middleware on Express, by a hook on Fastify. */
export function before(app: INestApplication, see: (request: WithUser) => void): void {
  if (app.getHttpAdapter().getType() === 'fastify') {
    const fastify = (app as NestFastifyApplication).getHttpAdapter().getInstance();
    fastify.addHook('onRequest', async (request: object) => see(request as WithUser));
    return;
  }
  app.use((request: WithUser, _: unknown, next: () => void) => {
    see(request);
    next();
  });
}
