import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import { Operator } from './operator/operator.js';
import { welcome } from './welcome.js';

const app = await NestFactory.create<NestExpressApplication>(AppModule, { logger: ['warn', 'error'] });
// Ctrl+C and SIGTERM close the storage, then end the process with status 0.
app.enableShutdownHooks([], { useProcessExit: true });
// This machine only: the token is printed to the terminal.
await app.listen(Number(process.env['PORT'] ?? 3000), '127.0.0.1');
app.useLogger(['log', 'warn', 'error']);
process.stdout.write(welcome(await app.getUrl(), app.get(Operator, { strict: false }).token));
