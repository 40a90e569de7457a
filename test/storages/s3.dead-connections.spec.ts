import { Agent } from 'node:http';
import { HeadBucketCommand, type HeadBucketCommandOutput } from '@aws-sdk/client-s3';
import { afterEach, expect, it } from '@jest/globals';
import { describeWithS3, S3Tests } from '../support/s3-tests.js';
import { bootContext, closeContexts } from '../support/state-context.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { until } from '../support/until.js';

const CONNECTIONS = 12;
const FEW_SECONDS_MS = 5_000;

const s3 = new S3Tests();

const nothing = (): void => undefined;

describeWithS3('An application whose connections to S3 have become half-open', () => {
  let proxy: TcpProxy | undefined;

  afterEach(async () => {
    await closeContexts();
    await proxy?.close();
  });

  it(`knows the state again within a few seconds, though its client keeps ${CONNECTIONS} of them`, async () => {
    proxy = await TcpProxy.start(Number(new URL(s3.server.endpoint).port));
    const client = s3.client({ endpoint: `http://127.0.0.1:${proxy.port}` });
    const { storage, bucket } = await s3.storage({ client });
    const { maintenance } = await bootContext({ storage, sync: { pollIntervalMs: 500, timeoutMs: 1_000 } });
    const requests = Array.from({ length: CONNECTIONS }, () =>
      client.send(new HeadBucketCommand({ Bucket: bucket })),
    );
    await Promise.all(requests);
    proxy.swallow();
    // New connections work; those that the client keeps do not, and nothing tells it.
    proxy.heal();
    const other = await bootContext({ storage: (await s3.storage({ bucket })).storage });
    await other.maintenance.enable();
    await until('the change is known', () => maintenance.isActive(), FEW_SECONDS_MS);
  });

  it('closes those that are idle, and none that the application waits on', async () => {
    proxy = await TcpProxy.start(Number(new URL(s3.server.endpoint).port));
    const agent = new Agent({ keepAlive: true });
    const client = s3.client({
      endpoint: `http://127.0.0.1:${proxy.port}`,
      requestHandler: { httpAgent: agent },
    });
    const { storage, bucket } = await s3.storage({ client });
    const ask = (): Promise<HeadBucketCommandOutput> =>
      client.send(new HeadBucketCommand({ Bucket: bucket }));
    await Promise.all([ask(), ask(), ask()]);
    const idle = (): number => Object.values(agent.freeSockets).flat().length;
    expect(idle()).toBe(3);
    let release = nothing;
    const held = new Promise<void>((resolve) => (release = resolve));
    proxy.answer = async (chunk) => {
      await held;
      return chunk;
    };
    const [asked, read] = [ask(), storage.read()];
    await until('the idle one is closed', () => idle() === 0);
    release();
    expect((await asked).$metadata).toMatchObject({ httpStatusCode: 200, attempts: 1 });
    expect(await read).toBeNull();
  });
});
