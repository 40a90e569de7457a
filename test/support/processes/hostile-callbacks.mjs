// For each way of failing that is named: boots an application of the built package whose settings fail so, sends requests to it
// in each of two maintenances, and prints what came and what was logged, as a line of JSON. All in one process, which ends then.
import 'reflect-metadata';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { Controller, Get } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MaintenanceModule, MaintenanceService, MemoryStorage } from '../../../dist/index.js';
import { ADAPTERS } from './adapters.mjs';

const [, , platform, ...failures] = process.argv;

const fail = () => {
  throw new Error('hostile');
};
const twice = (...args) => {
  args[1](...args.slice(2));
  args[1](...args.slice(2));
};

const origins = {
  'throwing CORS': fail,
  'failing CORS': (_, callback) => callback(new Error('hostile')),
  'later failing CORS': (_, callback) => setImmediate(() => callback(new Error('hostile'))),
  'doubled CORS': (origin, callback) => twice(origin, callback, null, true),
  'failing doubled CORS': (origin, callback) => twice(origin, callback, new Error('hostile')),
  'textless CORS': (_, callback) => callback(Object.create(null)),
  'later textless CORS': (_, callback) => setTimeout(() => callback(Object.create(null)), 10),
  'silent CORS': () => undefined,
  'late CORS': (_, callback) => setTimeout(() => callback(null, true), 400),
  'late failing CORS': (_, callback) => setTimeout(() => callback(new Error('hostile')), 400),
};

const corsOptions = {
  'refused header': { exposedHeaders: ['a\n'] },
  'odd targets': {},
  ...Object.fromEntries(Object.entries(origins).map(([name, origin]) => [name, { origin }])),
};

let lines = [];
const keep = (message, context) => {
  // The warning that nothing lets health checks through is not about what fails here.
  const line = String(message);
  if (context !== 'MaintenanceMode' || line.startsWith('Health checks of this application get a 503 '))
    return;
  lines.push(line);
};
const logger = { log: () => undefined, warn: keep, error: (message, ...rest) => keep(message, rest.at(-1)) };

class ClosedController {
  closed() {
    return 'closed';
  }
}
Controller('closed')(ClosedController);
Get()(
  ClosedController.prototype,
  'closed',
  Object.getOwnPropertyDescriptor(ClosedController.prototype, 'closed'),
);

async function ask(port, target, method) {
  const socket = connect(port, '127.0.0.1');
  const [length, body] = method === 'POST' ? ['Content-Length: 2\r\n', '{}'] : ['', ''];
  socket.write(
    `${method} ${target} HTTP/1.1\r\nHost: x\r\nOrigin: http://a\r\nX-Forwarded-For: 1.1.1.1\r\n${length}Connection: close\r\n\r\n${body}`,
  );
  return Number((await text(socket)).split(' ')[1]);
}

async function statusesWith(failure) {
  const trustProxy = failure === 'throwing proxy' ? fail : false;
  const module = MaintenanceModule.forRoot({
    storage: new MemoryStorage(),
    callbackTimeoutMs: 100,
    ...(trustProxy && { ignore: { ipAddresses: ['10.0.0.1'] } }),
  });
  const root = { ...module, controllers: [...(module.controllers ?? []), ClosedController] };
  const adapter = await ADAPTERS[platform]({ trustProxy });
  if (platform === 'express') adapter.set('trust proxy', trustProxy);
  const app = await NestFactory.create(root, adapter, { logger });
  if (corsOptions[failure]) app.enableCors(corsOptions[failure]);
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address();
  const targets =
    failure === 'odd targets'
      ? ['http://[/', 'x://[', 'http://[', '/api/%zz', '//[', '/%', 'http://', '*']
      : ['/closed', '/closed', '/none'];
  const statuses = [];
  const service = app.get(MaintenanceService);
  for (let maintenance = 0; maintenance < 2; maintenance += 1) {
    await service.enable();
    for (const target of targets) {
      for (const method of ['GET', 'POST']) statuses.push(await ask(port, target, method));
    }
    await service.disable();
  }
  // What calls back late does so while the process is still there.
  await new Promise((resolve) => setTimeout(resolve, failure.startsWith('late') ? 500 : 0));
  await app.close();
  return statuses;
}

for (const failure of failures) {
  lines = [];
  const statuses = await statusesWith(failure);
  process.stdout.write(`${JSON.stringify({ failure, statuses, lines })}\n`);
}
