import { S3Client } from '@aws-sdk/client-s3';
import { S3Storage } from '../../../dist-modules/s3.js';
import { toggleBesideOthers } from './toggle-beside-others.mjs';

const [, , configuration, bucket, name, toggles] = process.argv;
const client = new S3Client(JSON.parse(configuration));
const storage = new S3Storage({ client, bucket });
// Eight processes that write without a pause are more than one object of S3 is made for: each waits for its turn.
await toggleBesideOthers({ storage, sync: { timeoutMs: 120_000 } }, name, toggles);
client.destroy();
process.disconnect();
