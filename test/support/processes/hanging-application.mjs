// Boots an application whose storage never answers, says what holds, and closes it.
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { MaintenanceModule, MaintenanceService } from '../../../dist/index.js';

const never = () => new Promise(() => undefined);
const storage = { name: 'hanging', atomic: true, read: never, write: never };

const module = MaintenanceModule.forRoot({ storage, unknownState: 'closed', sync: { timeoutMs: 100 } });
const app = await NestFactory.createApplicationContext(module, { logger: false });
process.stdout.write(`${app.get(MaintenanceService).status().state}\n`);
const refused = await app
  .get(MaintenanceService)
  .enable()
  .catch((error) => error.code);
process.stdout.write(`${refused}\n`);
await app.close();
process.stdout.write('closed\n');
