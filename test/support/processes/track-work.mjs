// Tracks work that fails, and awaits the promise that its argument names.
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MaintenanceModule, MaintenanceService, MemoryStorage } from '../../../dist/index.js';

function AppModule() {}
Module({ imports: [MaintenanceModule.forRoot({ storage: new MemoryStorage() })] })(AppModule);
const app = await NestFactory.createApplicationContext(AppModule, { logger: false });

const original = new Promise((_, reject) => setImmediate(reject, new Error('no disk')));
const tracked = app.get(MaintenanceService).trackWork(original);
const awaited = { original: [original], tracked: [tracked], both: [original, tracked], neither: [] };
await Promise.all(awaited[process.argv[2]].map((promise) => promise.catch(() => undefined)));
// Node reports an unhandled rejection before the next one of these runs.
await new Promise((resolve) => setImmediate(resolve));
await app.close();
