// Boots an application with Redis, waits for a line on its input, and closes it. Nothing must keep the process alive then.
import { once } from 'node:events';
import { NestFactory } from '@nestjs/core';
import { MaintenanceModule, MaintenanceService } from '../../../dist/index.js';
import { RedisStorage } from '../../../dist/redis.js';

const [, , url] = process.argv;
const module = MaintenanceModule.forRoot({
  storage: new RedisStorage({ url }),
  sync: { pollIntervalMs: 50, timeoutMs: 500 },
});
const app = await NestFactory.createApplicationContext(module, { logger: false });
process.send(app.get(MaintenanceService).status().stale);
await once(process, 'message');
await app.close();
process.send('closed');
process.disconnect();
