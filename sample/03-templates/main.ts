import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import { FOLDER } from './folder.js';

const app = await NestFactory.create<NestExpressApplication>(AppModule, { logger: ['log', 'warn', 'error'] });
app.setBaseViewsDir(join(FOLDER, 'views')).setViewEngine('hbs');
app.enableShutdownHooks([], { useProcessExit: true });
await app.listen(Number(process.env['PORT'] ?? 3000), '127.0.0.1');

process.stdout.write(`
The tea shop is open: ${await app.getUrl()}

From this directory, in another terminal:
  echo 1 > maintenance-state.json   closes it
  rm maintenance-state.json         opens it again
`);
