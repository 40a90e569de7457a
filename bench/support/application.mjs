import 'reflect-metadata';
import { Controller, Get } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import * as built from 'nestjs-maintenance-mode';

/** Without decorators: this is JavaScript. */
class TeaController {
  teas() {
    return ['Assam', 'Sencha'];
  }
}
Get()(TeaController.prototype, 'teas', Object.getOwnPropertyDescriptor(TeaController.prototype, 'teas'));
Controller('teas')(TeaController);

/** What it has is given with each call. */
function AppModule() {}

const ADAPTERS = { express: () => new ExpressAdapter(), fastify: () => new FastifyAdapter() };

/** An application with one route, on a free port of this machine. */
export async function listen(
  options,
  adapter = 'express',
  { MaintenanceModule, MaintenanceService } = built,
) {
  const maintenanceModule = MaintenanceModule.forRoot(options);
  const module = { module: AppModule, imports: [maintenanceModule], controllers: [TeaController] };
  const app = await NestFactory.create(module, ADAPTERS[adapter](), { logger: false });
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address();
  return { app, url: `http://127.0.0.1:${port}/teas`, maintenance: app.get(MaintenanceService) };
}
