// Boots an application whose Redis is not there and that must know the state. Nothing must keep the process alive after that.
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { MaintenanceModule } from '../../../dist/index.js';
import { RedisStorage } from '../../../dist/redis.js';

const module = MaintenanceModule.forRoot({
  storage: new RedisStorage({ url: 'redis://127.0.0.1:1' }),
  unknownState: 'throw',
  sync: { timeoutMs: 500 },
});
await NestFactory.createApplicationContext(module, { logger: false, abortOnError: false }).then(
  () => process.stdout.write('booted\n'),
  () => process.stdout.write('refused\n'),
);
