/**
 * Boots an application of the built package with what the argument names, and says which files of `integrations/` were
 * loaded for it.
 */
import 'reflect-metadata';
import { Session } from 'node:inspector';
import { ApolloDriver } from '@nestjs/apollo';
import { Controller, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GraphQLModule } from '@nestjs/graphql';
import { MessagePattern } from '@nestjs/microservices';
import { WsAdapter } from '@nestjs/platform-ws';
import { WebSocketGateway } from '@nestjs/websockets';
import { MaintenanceModule, MemoryStorage, PauseDuringMaintenance } from '../../../dist/index.js';

// oxlint-disable-next-line typescript/no-extraneous-class -- it is decorated below
class Chat {}
WebSocketGateway({ path: '/chat' })(Chat);

class Orders {
  count() {}
}
Controller()(Orders);
MessagePattern('count')(
  Orders.prototype,
  'count',
  Object.getOwnPropertyDescriptor(Orders.prototype, 'count'),
);

/** Only for the application that asks for it: the decorator is known to the whole process. */
function mails() {
  class Mails {
    process() {}
  }
  Injectable()(Mails);
  const descriptor = Object.getOwnPropertyDescriptor(Mails.prototype, 'process');
  PauseDuringMaintenance()(Mails.prototype, 'process', descriptor);
  Object.defineProperty(Mails.prototype, 'process', descriptor);
  return Mails;
}

const settings = {
  nothing: () => ({}),
  gateways: () => ({ providers: [Chat] }),
  messages: () => ({ controllers: [Orders] }),
  queues: () => ({ providers: [mails()] }),
  graphql: () => ({
    imports: [GraphQLModule.forRoot({ driver: ApolloDriver, typeDefs: 'type Query { health: String }' })],
  }),
};

// oxlint-disable-next-line typescript/no-extraneous-class -- it is decorated below
class AppModule {}
const { imports = [], ...rest } = settings[process.argv[2]]();
Module({ imports: [MaintenanceModule.forRoot({ storage: new MemoryStorage() }), ...imports], ...rest })(
  AppModule,
);

const app = await NestFactory.create(AppModule, { logger: false });
app.useWebSocketAdapter(new WsAdapter(app));
await app.init();

const session = new Session();
session.connect();
const loaded = new Set();
session.on('Debugger.scriptParsed', ({ params: { url } }) => {
  const [, name] = /\/dist\/integrations\/(\w+)\.js$/.exec(url) ?? [];
  if (name) loaded.add(name);
});
session.post('Debugger.enable');
session.disconnect();
await app.close();
process.stdout.write(JSON.stringify([...loaded]));
