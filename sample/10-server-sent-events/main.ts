import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';

// Streams do not end, so a shutdown cannot wait for them.
const app = await NestFactory.create(AppModule, { forceCloseConnections: true });
app.enableShutdownHooks([], { useProcessExit: true });
await app.listen(Number(process.env['PORT'] ?? 3000), '127.0.0.1');
process.stdout.write(`The kettle: ${await app.getUrl()}\n`);
