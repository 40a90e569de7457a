/**
 * An application for `storm.mjs`, in a process of its own: with the module, or without it and with the same routes beside a
 * middleware that answers everything else with the same 503.
 */
import 'reflect-metadata';
import { Controller, Get, HttpCode, Post, Req, UnauthorizedException } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { obey } from './commands.mjs';
import { HEALTH_PATH, OFF_PATH, PASSWORD, STATUS_PATH } from './storm-paths.mjs';

const { adapter, hasModule, answer } = JSON.parse(process.argv[2]);
const ADAPTERS = { express: () => new ExpressAdapter(), fastify: () => new FastifyAdapter() };
const library = hasModule ? await import('nestjs-maintenance-mode') : undefined;

const OPERATOR = { id: 'operator', isSuperuser: true };

function AppModule() {}
class TeaController {
  page() {
    return 'Assam';
  }
}
class HealthController {
  health() {
    return { status: 'ok' };
  }
}
/** What an application without the module would write for its operators. */
class OperatorController {
  status() {
    return { enabled: true, reason: 'The kettle is descaled.' };
  }

  off(request) {
    if (request.headers.authorization !== `Bearer ${PASSWORD}`) throw new UnauthorizedException();
    return { enabled: false };
  }
}

function route(type, name, decorators) {
  Reflect.decorate(decorators, type.prototype, name, Object.getOwnPropertyDescriptor(type.prototype, name));
}
route(TeaController, 'page', [Get()]);
Controller('teas')(TeaController);
route(HealthController, 'health', [Get()]);
Controller(HEALTH_PATH.slice(1))(HealthController);
library?.MaintenanceOff()(HealthController);
route(OperatorController, 'status', [Get()]);
route(OperatorController, 'off', [Post('off'), HttpCode(200)]);
Req()(OperatorController.prototype, 'off', 0);
Controller(STATUS_PATH.slice(1))(OperatorController);

const operators = {
  ...(library && {
    imports: [
      library.MaintenanceModule.forRoot({
        storage: new library.MemoryStorage(),
        user: { get: ({ headers }) => (headers.authorization === `Bearer ${PASSWORD}` ? OPERATOR : null) },
      }),
    ],
  }),
  controllers: [TeaController, HealthController, ...(library ? [] : [OperatorController])],
};
const app = await NestFactory.create({ module: AppModule, ...operators }, ADAPTERS[adapter](), {
  logger: false,
});
if (!library) answerAllElse();
await app.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 });
await enable();

const isOpen = (url) => url === HEALTH_PATH || url === STATUS_PATH || url === OFF_PATH;

/** As cheap as an answer of the framework can be: the first thing in it. */
function answerAllElse() {
  const { statusCode, headers, body } = answer;
  if (adapter === 'express') {
    app.use((request, response, next) => {
      if (isOpen(request.url)) return next();
      response.writeHead(statusCode, headers);
      response.end(body);
    });
    return;
  }
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRequest', (request, reply, done) => {
    if (isOpen(request.raw.url)) done();
    else reply.code(statusCode).headers(headers).send(body);
  });
}

async function enable() {
  await app.get(library?.MaintenanceService ?? TeaController).enable?.({ reason: 'The kettle is descaled.' });
}

obey({ enable }, () => app.close());
process.send(`http://127.0.0.1:${app.getHttpServer().address().port}`);
