import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';

// One of many: main.ts starts it, receives its address, and ends it.
const app = await NestFactory.create(AppModule, { logger: ['error'] });
app.enableShutdownHooks([], { useProcessExit: true });
await app.listen(0, '127.0.0.1');
process.send?.(await app.getUrl());
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
