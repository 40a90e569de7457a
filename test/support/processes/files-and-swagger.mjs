/**
 * An application with static files and Swagger UI: `node files-and-swagger.mjs <express|fastify> <prefix> <directory>`. Both
 * want CommonJS packages that require ES modules, which Jest cannot load on the older versions of Node.
 *
 * Answers each message, 'on' and 'off' when it is done, with the port that it listens on.
 */
import 'reflect-metadata';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ServeStaticModule } from '@nestjs/serve-static';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { MaintenanceModule, MaintenanceOff, MaintenanceService, MemoryStorage } from '../../../dist/index.js';
import { ADAPTERS } from './adapters.mjs';

const [platform, prefix, directory] = process.argv.slice(2);

/** A class with decorators, in a file that is not compiled. */
const decorate = (target, ...decorators) => {
  for (const decorator of decorators) decorator(target);
  return target;
};
const decorateMethod = (target, name, ...decorators) => {
  for (const decorator of decorators) {
    decorator(target.prototype, name, Object.getOwnPropertyDescriptor(target.prototype, name));
  }
};

class FilesController {
  read() {
    return 'the route';
  }

  closed() {
    return 'closed';
  }
}
decorateMethod(FilesController, 'read', Get('off'), MaintenanceOff());
decorateMethod(FilesController, 'closed', Get('closed'));
decorate(FilesController, Controller());

// oxlint-disable-next-line typescript/no-extraneous-class -- it is decorated below
class AppModule {}
decorate(
  AppModule,
  Module({
    imports: [
      ServeStaticModule.forRoot({ rootPath: directory, serveRoot: '/files' }),
      MaintenanceModule.forRoot({ storage: new MemoryStorage(), ignore: { urls: ['/files/public/'] } }),
    ],
    controllers: [FilesController],
  }),
);

const app = await NestFactory.create(AppModule, await ADAPTERS[platform](), { logger: false });
if (prefix !== '') app.setGlobalPrefix(prefix);
SwaggerModule.setup('docs', app, () => SwaggerModule.createDocument(app, new DocumentBuilder().build()));
await app.listen(0, '127.0.0.1');
const { port } = app.getHttpServer().address();
const maintenance = app.get(MaintenanceService);

process.on('message', async (message) => {
  if (message === 'on') await maintenance.enable();
  if (message === 'off') await maintenance.disable();
  process.send(port);
});
// It ends with the test.
process.on('disconnect', () => process.exit());
process.send(port);
