// Turns maintenance on again and again, each time for a reason of its own, beside others that do the same. A toggle that has
// lost to the others says so, and is made again. Tells the revisions that it was told, and how often it has lost.
import { S3Client } from '@aws-sdk/client-s3';
import { NestFactory } from '@nestjs/core';
import { MaintenanceModule, MaintenanceService } from '../../../dist/index.js';
import { S3Storage } from '../../../dist/s3.js';

const [, , configuration, bucket, name, toggles] = process.argv;
const client = new S3Client(JSON.parse(configuration));
const module = MaintenanceModule.forRoot({
  storage: new S3Storage({ client, bucket }),
  // Eight processes that write without a pause are more than one object of S3 is made for: each waits for its turn.
  sync: { timeoutMs: 120_000 },
});
const app = await NestFactory.createApplicationContext(module, { logger: false });
const maintenance = app.get(MaintenanceService);

process.send('ready');
await new Promise((resolve) => process.once('message', resolve));
const revisions = [];
let lost = 0;
while (revisions.length < Number(toggles)) {
  try {
    const { revision, reason } = await maintenance.enable({ reason: `${name}-${revisions.length}` });
    revisions.push([revision, reason]);
  } catch (error) {
    if (error.code !== 'MAINTENANCE_CONFLICT') throw error;
    lost += 1;
  }
}
process.send({ revisions, lost });
await app.close();
client.destroy();
process.disconnect();
