import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';

const app = await NestFactory.create(AppModule, { logger: ['log', 'warn', 'error'] });
app.enableShutdownHooks([], { useProcessExit: true });
await app.listen(Number(process.env['PORT'] ?? 3000), '127.0.0.1');

process.stdout.write(`
The lamp shop is open: ${await app.getUrl()}

From this directory, in another terminal:
  npx nestjs-maintenance-mode on --for 30m               closes it
  npx nestjs-maintenance-mode on --start +1h --for 30m   announces it
  npx nestjs-maintenance-mode off                        opens it again
`);
