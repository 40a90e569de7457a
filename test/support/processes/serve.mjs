// An application on Express or Fastify with its state in a file; says on which port it listens.
import 'reflect-metadata';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { FileStorage, MaintenanceModule } from '../../../dist/index.js';

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

const adapter = platform === 'fastify' ? new FastifyAdapter() : new ExpressAdapter();
const app = await NestFactory.create(AppModule, adapter, { logger: false });
await app.listen(0, '127.0.0.1');
process.send(app.getHttpServer().address().port);
