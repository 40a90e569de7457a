import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';

// Streams have no end of their own that a shutdown could wait for.
const app = await NestFactory.create(AppModule, { forceCloseConnections: true });
app.enableShutdownHooks([], { useProcessExit: true });
await app.listen(Number(process.env['PORT'] ?? 3000), '127.0.0.1');
process.stdout.write(`The kettle: ${await app.getUrl()}\n`);
