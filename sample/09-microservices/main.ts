import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import { type MicroserviceOptions, Transport } from '@nestjs/microservices';
import { AppModule } from './app.module.js';

const app = await NestFactory.create(AppModule);
app.enableShutdownHooks([], { useProcessExit: true });
// Nest runs no global guards for it, as it has no `inheritAppConfig`. Maintenance reaches it all the same.
const microservice = app.connectMicroservice<MicroserviceOptions>({
  transport: Transport.TCP,
  options: { host: '127.0.0.1', port: Number(process.env['TCP_PORT'] ?? 4000) },
});
await app.startAllMicroservices();
await app.listen(Number(process.env['PORT'] ?? 3000), '127.0.0.1');
const { port } = microservice.unwrap<{ address(): AddressInfo }>().address();
process.stdout.write(`The stock: ${await app.getUrl()} and tcp://127.0.0.1:${port}\n`);
