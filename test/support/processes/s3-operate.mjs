import { S3Client } from '@aws-sdk/client-s3';
import { S3Storage } from '../../../dist-modules/s3.js';
import { operateBesideOthers } from './operate-beside-others.mjs';

const [, , configuration, bucket, name, rounds] = process.argv;
const client = new S3Client(JSON.parse(configuration));
// Eight processes that write without a pause are more than one object of S3 is made for: each waits for its turn.
await operateBesideOthers(
  { storage: new S3Storage({ client, bucket }), sync: { timeoutMs: 120_000 } },
  name,
  rounds,
);
client.destroy();
process.disconnect();
