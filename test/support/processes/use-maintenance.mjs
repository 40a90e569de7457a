// Boots an application, uses maintenance, and closes it or leaves it open. Nothing must keep the process alive.
import { NestFactory } from '@nestjs/core';
import { FileStorage, MaintenanceModule, MaintenanceService } from '../../../dist/index.js';

const [, , path, ending] = process.argv;

const module = MaintenanceModule.forRoot({ storage: new FileStorage({ path }), sync: { timeoutMs: 60_000 } });

const app = await NestFactory.createApplicationContext(module, { logger: false });
const maintenance = app.get(MaintenanceService);
// A window whose edges are days away has a timer, too.
await maintenance.enable({ endsAt: new Date(Date.now() + 40 * 24 * 60 * 60 * 1000) });
await maintenance.refresh();
if (ending === 'close') await app.close();
process.stdout.write('done');
