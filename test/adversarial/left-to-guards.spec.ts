import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  ForbiddenException,
  Get,
  NotFoundException,
  UnauthorizedException,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { MaintenanceOff, MaintenanceService } from '../../lib/index.js';
import { registerWrappers, wrappers } from '../support/middleware.js';
import { closeApps, type CreateApp, platforms } from '../support/platforms.js';
import { expectBlockedByAny } from './blocked.js';
import { type Answer, beginConversation, closeConversations } from './conversation.js';

/** Refuses as the request asks for it, and knows the staff. */
class RefusingGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<{ url: string; user?: unknown }>();
    if (request.url.endsWith('401')) throw new UnauthorizedException();
    if (request.url.endsWith('403')) throw new ForbiddenException();
    if (request.url.endsWith('404')) throw new NotFoundException();
    if (request.url.endsWith('staff')) request.user = { id: 's', isStaff: true };
    return true;
  }
}

@Controller()
class ShopController {
  static closedRuns = 0;

  @Get('shop/:what')
  closed(): string {
    ShopController.closedRuns += 1;
    return 'closed';
  }

  @Get('open/:what')
  @MaintenanceOff()
  open(): string {
    return 'open';
  }
}

afterEach(async () => {
  closeConversations();
  await closeApps();
});

/** `GET`, `HEAD` and `GET` in one piece on one connection. */
async function ask(port: number, path: string): Promise<Answer[]> {
  const conversation = await beginConversation(port);
  const one = (method: string): string =>
    `${method} ${path} HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\nAccept-Encoding: gzip\r\n\r\n`;
  conversation.write(['GET', 'HEAD', 'GET'].map(one).join(''));
  const answers: Answer[] = [];
  for (const toHead of [false, true, false]) answers.push(await conversation.answer({ toHead }));
  expect(conversation.rest).toBe('');
  return answers;
}

function behind(
  make: (() => ReturnType<(typeof wrappers)[number][1]>) | null,
): (create: CreateApp) => ReturnType<CreateApp> {
  return (create) =>
    create({
      options: { ignore: { staff: true } },
      controllers: [ShopController],
      providers: [{ provide: APP_GUARD, useClass: RefusingGuard }],
      configure: async (app) => {
        if (make) app.use(make());
        else await registerWrappers(app.getHttpAdapter().getInstance() as object);
      },
    });
}

describe.each(platforms)('With a rule that is left to the guards, on %s,', (platform, createApp) => {
  const layers: [string, ReturnType<typeof behind>][] = wrappers.map(([name, make]) => [name, behind(make)]);
  if (platform === 'fastify') layers.push(['@fastify/compress and @fastify/session', behind(null)]);

  it.each(layers)(
    'behind %s, a refusal by a guard is its own, and a "not found" is none',
    async (_, create) => {
      const { port, get } = await create(createApp);
      await get(MaintenanceService).enable();
      ShopController.closedRuns = 0;
      for (const status of [401, 403]) {
        for (const answer of await ask(port, `/shop/${status}`)) {
          expect(answer.status).toBe(status);
          expect(answer.headers).not.toHaveProperty('maintenance-mode');
        }
      }
      for (const path of ['/shop/404', '/shop/other', '/nowhere', '/nowhere/404']) {
        for (const answer of await ask(port, path)) {
          expectBlockedByAny(answer);
        }
      }
      expect(ShopController.closedRuns).toBe(0);
      expect((await ask(port, '/shop/staff')).map(({ status }) => status)).toEqual([200, 200, 200]);
      expect(ShopController.closedRuns).toBe(3);
    },
  );

  it.each(layers)(
    'behind %s, a guard of an open route may refuse, and its "not found" is none',
    async (_, create) => {
      const { port, get } = await create(createApp);
      await get(MaintenanceService).enable();
      for (const status of [401, 403]) {
        expect((await ask(port, `/open/${status}`)).map((answer) => answer.status)).toEqual([
          status,
          status,
          status,
        ]);
      }
      // Nobody learns what there is before the guard of the module has let the request pass.
      for (const answer of await ask(port, '/open/404')) expectBlockedByAny(answer);
      expect((await ask(port, '/open/other')).map(({ status }) => status)).toEqual([200, 200, 200]);
    },
  );
});
