/**
 * An application with two copies of the built package: the module is of one (`import` or `require`, as the argument says),
 * and decorators, storage and errors are of the other. Prints what came of it.
 */
import 'reflect-metadata';
import { createRequire } from 'node:module';
import { Controller, Get, Inject, Injectable, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';

const [, , adapter, way] = process.argv;
const imported = await import('nestjs-maintenance-mode');
const required = createRequire(import.meta.url)('nestjs-maintenance-mode');
const [own, other] = way === 'import' ? [imported, required] : [required, imported];

class Pages {
  page() {
    return 'page';
  }
  health() {
    return 'health';
  }
  closed() {
    return 'closed';
  }
  billing() {
    return 'billing';
  }
  exception() {
    return asked;
  }
}

// oxlint-disable-next-line typescript/unbound-method -- Nest calls it on an instance
const { page } = Pages.prototype;

/** What the guard of the module throws, as the other copy sees it. */
let asked;
const guard = {
  async canActivate(context) {
    const ofPage = Object.assign(Object.create(context), { getHandler: () => page });
    const error = await Promise.resolve()
      .then(() => app.get(own.MaintenanceGuard).canActivate(ofPage))
      .catch((thrown) => thrown);
    asked = {
      isMaintenanceException: other.isMaintenanceException(error),
      instanceof: error instanceof other.MaintenanceException,
    };
    return true;
  },
};

const decorators = {
  page: [],
  health: [other.MaintenanceOff()],
  closed: [other.MaintenanceOn()],
  billing: [other.MaintenanceScope('billing')],
  exception: [other.MaintenanceOff(), UseGuards(guard)],
};
Controller()(Pages);
for (const [name, list] of Object.entries(decorators)) {
  const descriptor = Object.getOwnPropertyDescriptor(Pages.prototype, name);
  for (const decorate of [Get(name), ...list]) decorate(Pages.prototype, name, descriptor);
}

let sent = 0;
class Mails {
  constructor(service) {
    this.service = service;
  }
  send() {
    sent += 1;
  }
}
Injectable()(Mails);
Inject(other.MaintenanceService)(Mails, undefined, 0);
const descriptor = Object.getOwnPropertyDescriptor(Mails.prototype, 'send');
other.PauseDuringMaintenance()(Mails.prototype, 'send', descriptor);
Object.defineProperty(Mails.prototype, 'send', descriptor);

// oxlint-disable-next-line typescript/no-extraneous-class -- Nest makes it
class AppModule {}

async function boot(...modules) {
  const adapters = { express: ExpressAdapter, fastify: FastifyAdapter };
  const module = { module: AppModule, imports: modules, controllers: [Pages], providers: [Mails] };
  const made = await NestFactory.create(module, new adapters[adapter](), {
    logger: false,
    abortOnError: false,
  });
  await made.listen(0, '127.0.0.1');
  return made;
}

const storage = new other.MemoryStorage();
const user = { get: () => ({ id: 'ada', isSuperuser: true }) };
const app = await boot(own.MaintenanceModule.forRoot({ storage, user }));
const service = app.get(own.MaintenanceService);
const mails = app.get(Mails);
const url = await app.getUrl();

async function statuses(...names) {
  const answers = await Promise.all(names.map((name) => fetch(`${url}/${name}`)));
  return Object.fromEntries(answers.map(({ status }, index) => [names[index], status]));
}

const results = {
  areTwo: own.MaintenanceModule !== other.MaintenanceModule,
  areServicesOne: mails.service === service,
};
results.off = await statuses('page', 'health', 'closed', 'billing');
mails.send();
results.sentWhileOff = sent;
await service.enable({ scope: 'billing' });
results.billing = await statuses('page', 'billing');
await service.enable();
results.on = await statuses('page', 'health', 'billing');
mails.send();
results.sentWhileOn = sent;
results.exception = await (await fetch(`${url}/exception`)).json();

storage.write = () => Promise.reject(new other.MaintenanceConflictError('memory'));
const conflict = await service.disable().catch((error) => error);
results.conflict = {
  own: conflict instanceof own.MaintenanceConflictError,
  other: conflict instanceof other.MaintenanceConflictError,
  base: conflict instanceof other.MaintenanceError,
  another: conflict instanceof own.MaintenanceForcedError,
  toggle: (await fetch(`${url}/maintenance-mode/off`, { method: 'POST' })).status,
};
await app.close();

const both = [own.MaintenanceModule.forRoot(), other.MaintenanceModule.forRoot()];
results.both = await boot(...both).then(
  () => 'booted',
  (error) => error.message,
);
process.stdout.write(JSON.stringify(results));
process.exit();
