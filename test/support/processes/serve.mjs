// An application on Express or Fastify with its state in a file; says on which port it listens.
import 'reflect-metadata';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FileStorage, MaintenanceModule } from '../../../dist/index.js';
import { ADAPTERS } from './adapters.mjs';

const [, , platform, path, sync] = process.argv;

class Shop {
  tea() {
    return 'tea';
  }
}
Controller()(Shop);
Get('tea')(Shop.prototype, 'tea', Object.getOwnPropertyDescriptor(Shop.prototype, 'tea'));

// Without `watch`: how soon the kernel reports a change of the file does not matter.
const storage = new FileStorage({ path });
storage.watch = undefined;

// oxlint-disable-next-line typescript/no-extraneous-class -- it is decorated below
class AppModule {}
Module({
  imports: [MaintenanceModule.forRoot({ storage, sync: JSON.parse(sync) })],
  controllers: [Shop],
})(AppModule);

const app = await NestFactory.create(AppModule, await ADAPTERS[platform](), { logger: false });
await app.listen(0, '127.0.0.1');
process.send(app.getHttpServer().address().port);
