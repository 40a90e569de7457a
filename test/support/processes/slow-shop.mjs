/**
 * One instance of a shop whose orders take until they are told to end: `node slow-shop.mjs <express|fastify> <state file>`.
 * It polls the file, as it would poll a storage that pushes nothing. Its first message is its address; it answers the message
 * 'finish', which ends the orders.
 */
import 'reflect-metadata';
import { Controller, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FileStorage, MaintenanceModule } from '../../../dist/index.js';
import { ADAPTERS } from './adapters.mjs';

const [platform, path] = process.argv.slice(2);

let finish = () => undefined;
let finished = new Promise((resolve) => (finish = resolve));

class OrdersController {
  async order() {
    process.send('order');
    await finished;
    return 'written';
  }
}
Post('orders')(
  OrdersController.prototype,
  'order',
  Object.getOwnPropertyDescriptor(OrdersController.prototype, 'order'),
);
Controller()(OrdersController);

class PolledStorage extends FileStorage {
  watch = undefined;
}

// oxlint-disable-next-line typescript/no-extraneous-class -- it is decorated below
class AppModule {}
Module({
  imports: [
    MaintenanceModule.forRoot({
      storage: new PolledStorage({ path }),
      sync: { pollIntervalMs: 200 },
      user: {
        get: ({ headers }) =>
          headers.authorization === 'Bearer ada' ? { id: 'ada', isSuperuser: true } : null,
      },
    }),
  ],
  controllers: [OrdersController],
})(AppModule);

const app = await NestFactory.create(AppModule, await ADAPTERS[platform](), { logger: false });
await app.listen(0, '127.0.0.1');
process.on('message', () => {
  finish();
  finished = new Promise((resolve) => (finish = resolve));
  process.send('finished');
});
process.once('disconnect', () => process.exit());
process.send(await app.getUrl());
