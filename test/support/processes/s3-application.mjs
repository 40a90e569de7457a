// Boots an application with S3, waits for a message, and closes it. Nothing must keep the process alive then, although the
// client is not destroyed.
import { once } from 'node:events';
import { S3Client } from '@aws-sdk/client-s3';
import { NestFactory } from '@nestjs/core';
import { MaintenanceModule, MaintenanceService } from '../../../dist/index.js';
import { S3Storage } from '../../../dist/s3.js';

const [, , configuration, bucket] = process.argv;
const module = MaintenanceModule.forRoot({
  storage: new S3Storage({ client: new S3Client(JSON.parse(configuration)), bucket }),
  sync: { pollIntervalMs: 50, timeoutMs: 500 },
});
const app = await NestFactory.createApplicationContext(module, { logger: false });
process.send(app.get(MaintenanceService).status().stale);
await once(process, 'message');
await app.close();
process.disconnect();
