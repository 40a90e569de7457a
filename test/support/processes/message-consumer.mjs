// A microservice that writes each number that it has handled into a file before it acknowledges it. Its maintenance is that
// of the state file, and begins and ends when its parent says so.
import { appendFileSync } from 'node:fs';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { FileStorage, MaintenanceModule, MaintenanceOff, MaintenanceService } from '../../../dist/index.js';

const [, , settings, stateFile, doneFile] = process.argv;
const { acknowledges, ...transport } = JSON.parse(settings);

class ConsumerController {
  count(number, context) {
    return this.#done(`count ${number}`, context);
  }

  sold(number, context) {
    this.#done(`sold ${number}`, context);
  }

  paid(number, context) {
    const { consumerTag } = context.getMessage?.().fields ?? {};
    if (consumerTag) appendFileSync(doneFile, `consumer ${consumerTag}\n`);
    this.#done(`paid ${number}`, context);
  }

  #done(what, context) {
    appendFileSync(doneFile, `${what}\n`);
    if (acknowledges) context.getChannelRef().ack(context.getMessage());
    return what;
  }
}

/** What the decorators of a TypeScript class do. */
function decorate(name, ...decorators) {
  const { prototype } = ConsumerController;
  Payload()(prototype, name, 0);
  Ctx()(prototype, name, 1);
  for (const decorator of decorators) {
    decorator(prototype, name, Object.getOwnPropertyDescriptor(prototype, name));
  }
}
decorate('count', MessagePattern('count'));
decorate('sold', EventPattern('sold'));
decorate('paid', EventPattern('paid'), MaintenanceOff());

function ConsumerModule() {}
const storage = new FileStorage({ path: stateFile });
Module({
  imports: [MaintenanceModule.forRoot({ storage, sync: { pollIntervalMs: 20 } })],
  controllers: [ConsumerController],
})(ConsumerModule);
Controller()(ConsumerController);

const app = await NestFactory.createMicroservice(ConsumerModule, { ...transport, logger: false });
await app.listen();
const maintenance = app.get(MaintenanceService);
process.on('message', async (wanted) => {
  await (wanted === 'enable' ? maintenance.enable() : maintenance.disable());
  process.send(wanted);
});
process.send('listening');
