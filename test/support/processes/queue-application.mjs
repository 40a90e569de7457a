// An application with a worker of BullMQ of the kind that its first argument names. It writes a line into a file for each thing
// that it has done. Its maintenance begins and ends when its parent says so.
import { appendFileSync } from 'node:fs';
import { Inject, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { BullModule, OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import {
  MaintenanceModule,
  MaintenanceService,
  MemoryStorage,
  PauseDuringMaintenance,
} from '../../../dist/index.js';

const [, , kind, port, file] = process.argv;
const done = (what) => appendFileSync(file, `${what}\n`);

/** What the decorators of a method of a TypeScript class do. */
function decorate({ prototype }, name, ...decorators) {
  const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
  for (const decorator of decorators) decorator(prototype, name, descriptor);
  Object.defineProperty(prototype, name, descriptor);
}

class Mails {
  async send({ data }) {
    done(`sent ${data}`);
  }
}
decorate(Mails, 'send', PauseDuringMaintenance());
Injectable()(Mails);

class PausedWorker extends WorkerHost {
  async process({ data }) {
    done(`job ${data}`);
  }
}
decorate(PausedWorker, 'process', PauseDuringMaintenance());

/** Nobody awaits what an event handler returns. */
class WorkerWithEvents extends PausedWorker {
  async onActive({ data }) {
    done(`active ${data}`);
  }

  async onCompleted(job) {
    done(`completed ${job.data}`);
    void this.mails.send(job);
  }
}
decorate(WorkerWithEvents, 'onActive', PauseDuringMaintenance(), OnWorkerEvent('active'));
decorate(WorkerWithEvents, 'onCompleted', PauseDuringMaintenance(), OnWorkerEvent('completed'));

/** An event handler that has the job done a second time, without its token. */
class WorkerThatRepeats extends WorkerHost {
  async process({ data }) {
    done(`job ${data}`);
  }

  onActive(job) {
    void this.process(job);
  }
}
decorate(WorkerThatRepeats, 'process', PauseDuringMaintenance());
decorate(WorkerThatRepeats, 'onActive', OnWorkerEvent('active'));

class WorkerThatAwaitsNothing extends WorkerHost {
  async process(job) {
    void this.mails.send(job);
    done(`job ${job.data}`);
  }
}

/** Gives each job to a host of another queue, and does not await it. */
class Inner extends WorkerHost {
  async process({ data }) {
    done(`job ${data}`);
  }
}
decorate(Inner, 'process', PauseDuringMaintenance());

class WorkerThatPassesOn extends WorkerHost {
  async process(job, token) {
    void this.inner.process(job, token);
  }

  /** BullMQ finds that the job was put back while it completed it. */
  onError() {}
}
decorate(WorkerThatPassesOn, 'onError', OnWorkerEvent('error'));

const WORKERS = {
  events: WorkerWithEvents,
  repeats: WorkerThatRepeats,
  'awaits nothing': WorkerThatAwaitsNothing,
  'passes on': WorkerThatPassesOn,
};
const Worker = WORKERS[kind];
Inject(Mails)(WorkerWithEvents.prototype, 'mails');
Inject(Mails)(WorkerThatAwaitsNothing.prototype, 'mails');
Inject(Inner)(WorkerThatPassesOn.prototype, 'inner');
Processor('work')(Worker);
Processor('other')(Inner);

function QueueModule() {}
Module({
  imports: [
    BullModule.forRoot({ connection: { host: '127.0.0.1', port: Number(port) } }),
    BullModule.registerQueue({ name: 'work' }, { name: 'other' }),
    MaintenanceModule.forRoot({ storage: new MemoryStorage() }),
  ],
  providers: [Worker, Inner, Mails],
})(QueueModule);

const app = await NestFactory.createApplicationContext(QueueModule, { logger: false });
const maintenance = app.get(MaintenanceService);
process.on('message', async (wanted) => {
  await (wanted === 'enable' ? maintenance.enable() : maintenance.disable());
  process.send(wanted);
});
process.send('at work');
