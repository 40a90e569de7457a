// Turns maintenance on and off by a service whose state is in the file of the first argument; says what is logged, and what it sees.
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FileStorage, MaintenanceModule, MaintenanceService } from '../../../dist/index.js';

const [, , path, ...changes] = process.argv;
const logs = [];
const log = (message, context) => context === 'MaintenanceMode' && logs.push(message);
const module = MaintenanceModule.forRoot({ storage: new FileStorage({ path }), sync: { timeoutMs: 6_000 } });
const app = await NestFactory.createApplicationContext(module, {
  logger: { log: () => undefined, warn: log, error: log },
});
const maintenance = app.get(MaintenanceService);
const seen = [];
for (const change of changes) {
  const status = await maintenance[change]({}).catch((error) => ({ state: error.message }));
  seen.push(status.state);
}
const { stale } = maintenance.status();
await app.close();
process.stdout.write(JSON.stringify({ seen, logs, stale }));
