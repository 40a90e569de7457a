/** A process under test: an application that shares a storage, changes the state at random, and writes down all that it sees. */
import 'reflect-metadata';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { NestFactory } from '@nestjs/core';
import { MaintenanceModule, MaintenanceService } from 'nestjs-maintenance-mode';
import { randomFrom } from '../support/random.js';
import { Journal } from './journal.js';
import { RandomCalls } from './random-calls.js';
import { makeStorage, type StorageSettings } from './worker-storage.js';

/** Its argument, as JSON. */
export interface WorkerSettings {
  readonly process: string;
  readonly journal: string;
  readonly storage: StorageSettings;
  readonly sync: { readonly pollIntervalMs: number; readonly timeoutMs: number };
  readonly seed: number;
  /** On average, between two calls. */
  readonly pauseMs: number;
}

/** What it is told to do; it answers each with the statuses that it shows then, once it is done. */
export type Command = 'pause' | 'resume' | 'look' | 'refresh' | 'open' | 'close';

const settings = JSON.parse(process.argv[2] ?? '') as WorkerSettings;
const { sync, seed, pauseMs } = settings;
const storage = await makeStorage(settings.storage);
const app = await NestFactory.createApplicationContext(MaintenanceModule.forRoot({ storage, sync }), {
  logger: false,
});
const journal = new Journal(settings.journal, settings.process, app.get(MaintenanceService));
const random = randomFrom(seed);
const calls = new RandomCalls(app.get(MaintenanceService), journal, random, settings.process);

let isPaused = true;
let underWay: Promise<void> = Promise.resolve();

async function callUntilPaused(): Promise<void> {
  for (;;) {
    if (isPaused) return;
    await calls.next();
    await delay(random(2 * pauseMs));
  }
}

async function obey(command: Command): Promise<void> {
  switch (command) {
    case 'pause':
      isPaused = true;
      return underWay;
    case 'resume':
      isPaused = false;
      underWay = callUntilPaused();
      return undefined;
    case 'refresh':
      return calls.refresh();
    case 'open':
      return calls.disable(null);
    case 'close':
      return calls.enable(null, 'full');
    case 'look':
      return undefined;
  }
}

process.on('message', ({ id, command }: { id: number; command: Command }) => {
  void obey(command).then(() => process.send?.({ id, statuses: journal.look() }));
});
process.send?.({ id: 0, statuses: journal.look() });
await once(process, 'disconnect');
process.exit();
