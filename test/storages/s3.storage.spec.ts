import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DeleteObjectCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { S3Storage, type S3StorageOptions } from 'nestjs-maintenance-mode/s3';
import { describeMaintenanceStorage } from 'nestjs-maintenance-mode/testing';
import { freePort } from '../support/free-port.js';
import { type OtherAnswer, S3Proxy } from '../support/s3-proxy.js';
import { describeWithS3, outcomeOf, S3Tests } from '../support/s3-tests.js';
import { until } from '../support/until.js';

const s3 = new S3Tests();

describeMaintenanceStorage(
  'S3Storage',
  async () => {
    const bucket = await s3.server.makeBucket();
    const port = await freePort();
    return {
      connect: () => new S3Storage({ client: s3.client(), bucket }),
      connectBroken: () =>
        new S3Storage({ client: s3.client({ endpoint: `http://127.0.0.1:${port}` }), bucket }),
    };
  },
  { describe: describeWithS3, it },
);

describeMaintenanceStorage(
  'S3Storage without conditional writes',
  async () => {
    const bucket = await s3.server.makeBucket();
    return { connect: () => new S3Storage({ client: s3.client(), bucket, conditionalWrites: false }) };
  },
  { describe: describeWithS3, it },
);

const TEXT = JSON.stringify({ reason: 'x'.repeat(50_000) });

/** What S3 says when it refuses. */
function answers(status: number, code: string, more = ''): OtherAnswer {
  return { status, body: `<?xml version="1.0"?><Error><Code>${code}</Code>${more}</Error>` };
}

describeWithS3('S3Storage', () => {
  let proxy: S3Proxy;

  beforeEach(async () => {
    proxy = await S3Proxy.start(s3.server.endpoint);
  });
  afterEach(() => proxy.stop());

  const behindProxy = (bucket?: string): Promise<{ storage: S3Storage; bucket: string }> =>
    s3.storage({
      client: s3.client({ endpoint: proxy.endpoint }),
      ...(bucket === undefined ? {} : { bucket }),
    });

  it('pays for an unchanged state a 304 without a body, and for a changed one a single answer with it', async () => {
    const { storage: writer, bucket } = await s3.storage();
    await writer.write(TEXT);
    const { storage } = await behindProxy(bucket);
    for (let poll = 0; poll < 3; poll += 1) expect((await storage.read())?.text).toBe(TEXT);
    await writer.write('changed');
    for (let poll = 0; poll < 2; poll += 1) expect((await storage.read())?.text).toBe('changed');
    expect(proxy.seen).toEqual([
      { method: 'GET', status: 200, bytes: TEXT.length },
      { method: 'GET', status: 304, bytes: 0 },
      { method: 'GET', status: 304, bytes: 0 },
      { method: 'GET', status: 200, bytes: 'changed'.length },
      { method: 'GET', status: 304, bytes: 0 },
    ]);
  });

  it('reads nothing after a write of its own, and nothing old after a deletion', async () => {
    const { storage, bucket } = await behindProxy();
    await storage.write(TEXT);
    await storage.read();
    expect(proxy.seen.map(({ status }) => status)).toEqual([200, 304]);
    await s3.client().send(new DeleteObjectCommand({ Bucket: bucket, Key: 'maintenance-mode.json' }));
    expect(await storage.read()).toBeNull();
    expect(await storage.read()).toBeNull();
  });

  it('sees once, before its first conditional write, that a wrong one is refused', async () => {
    const { storage } = await behindProxy();
    const first = await storage.write('first', null);
    await storage.write('second', first.version);
    // The wrong one, the first one; then the second, in quotes and, which Ceph wants, without.
    expect(proxy.seen.filter(({ method }) => method === 'PUT').map(({ status }) => status)).toEqual([
      412, 200, 412, 200,
    ]);
    proxy.seen.length = 0;
    await storage.write('third', (await storage.read())?.version ?? null);
    expect(proxy.seen.filter(({ method }) => method === 'PUT').map(({ status }) => status)).toEqual([200]);
  });

  it('says that the clock is wrong, which the SDK then allows for', async () => {
    const client = s3.client({ systemClockOffset: 2 * 60 * 60 * 1000 });
    const { storage } = await s3.storage({ client });
    await expect(storage.read()).rejects.toThrow(
      /clock of this machine is wrong.+RequestTimeTooSkewed, HTTP 403/,
    );
    expect(await storage.read()).toBeNull();
  });

  it.each<[what: string, stored: string | null]>([
    ['where nothing is stored', null],
    ['where something is', '{"some":"text"}'],
  ])(
    'refuses to write to an endpoint that ignores conditions, %s, and leaves what holds',
    async (_, stored) => {
      const client = s3.client();
      // The gateway never gets to see the conditions of writes, as with s3rver and others that do not know them.
      client.middlewareStack.add(
        (next) => async (args) => {
          const headers = Reflect.get(Object(args.request), 'headers') as Record<string, string>;
          if (Reflect.get(Object(args.request), 'method') === 'PUT') {
            delete headers['if-match'];
            delete headers['if-none-match'];
          }
          return next(args);
        },
        { step: 'build', priority: 'low' },
      );
      const { storage, bucket } = await s3.storage({ client });
      if (stored !== null) await storage.write(stored);
      const before = await storage.read();
      await expect(storage.write('new', before?.version ?? null)).rejects.toThrow(
        /^the endpoint ignores .+ Nothing was changed\. .+ conditionalWrites: false/s,
      );
      expect((await storage.read())?.text).toBe(stored ?? '0');
      const yielding = (await s3.storage({ client, bucket, conditionalWrites: false })).storage;
      expect(yielding.atomic).toBe(false);
      await yielding.write('new', 'no-such-version');
      expect((await storage.read())?.text).toBe('new');
    },
  );

  it.each([[501], [400]])('refuses to write to an endpoint that answers %i to conditions', async (status) => {
    const { storage } = await behindProxy();
    proxy.instead = ({ method, headers }) =>
      method === 'PUT' && (headers['if-match'] ?? headers['if-none-match']) !== undefined
        ? { status, body: '<Error><Code>NotImplemented</Code></Error>' }
        : undefined;
    await expect(storage.write('new', null)).rejects.toMatchObject({
      message: expect.stringContaining('does not know conditional writes'),
      cause: { message: expect.any(String) },
    });
  });

  it.each<[what: string, answer: OtherAnswer]>([
    ['was cut off', null],
    ['was a 500', { status: 500 }],
    ['was a 503', { status: 503 }],
  ])('knows its own write when the answer to it %s, and the SDK has made it again', async (_, answer) => {
    const { storage } = await behindProxy();
    const before = await storage.write('before');
    await storage.write('proven', before.version);
    let lost = 0;
    proxy.afterwards = ({ method }, status) =>
      method === 'PUT' && status === 200 && lost++ === 0 ? answer : undefined;
    const written = await storage.write('written', (await storage.read())?.version ?? null);
    expect(lost).toBe(1);
    expect(written.text).toBe('written');
    expect(await storage.read()).toEqual(written);
  });

  it('tells the loser of a race for which the gateway has only a 500', async () => {
    const { storage, bucket } = await behindProxy();
    const before = await storage.write('before', null);
    await storage.write('again', before.version);
    await (await s3.storage({ bucket })).storage.write('faster');
    proxy.instead = ({ method }) => (method === 'PUT' ? { status: 500 } : undefined);
    expect(await outcomeOf(storage.write('slower', before.version))).toBe('MAINTENANCE_CONFLICT');
  });

  it('tries again if two writes at the same moment both get a 409', async () => {
    const { storage } = await behindProxy();
    const before = await storage.write('before', null);
    let refused = 0;
    proxy.instead = ({ method }) =>
      method === 'PUT' && refused++ < 2
        ? { status: 409, body: '<Error><Code>ConditionalRequestConflict</Code></Error>' }
        : undefined;
    expect(await outcomeOf(storage.write('after', before.version))).toBe('wrote after');
    refused = -1_000;
    expect(await outcomeOf(storage.write('never', (await storage.read())?.version))).toBe(
      'MAINTENANCE_CONFLICT',
    );
  });

  it('tells a writer that the object was deleted meanwhile', async () => {
    const { storage, bucket } = await s3.storage();
    const { version } = await storage.write('before', null);
    await s3.client().send(new DeleteObjectCommand({ Bucket: bucket, Key: 'maintenance-mode.json' }));
    expect(await outcomeOf(storage.write('after', version))).toBe('MAINTENANCE_CONFLICT');
  });

  it.each([[true], [false]])('does not read a huge object (Content-Length: %p)', async (hasLength) => {
    const { storage, bucket } = await behindProxy();
    const size = 40 * 1024 * 1024;
    let sent = 0;
    const huge = createServer((_, response) => {
      response.writeHead(200, { etag: '"huge"', ...(hasLength ? { 'content-length': size } : {}) });
      const chunk = Buffer.alloc(64 * 1024);
      const write = (): void => {
        while (sent < size && !response.destroyed) {
          sent += chunk.length;
          if (!response.write(chunk)) return void response.once('drain', write);
        }
        response.end();
      };
      write();
    }).listen(0, '127.0.0.1');
    await once(huge, 'listening');
    const { port } = huge.address() as AddressInfo;
    try {
      const client = s3.client({ endpoint: `http://127.0.0.1:${port}` });
      const broken = (await s3.storage({ client, bucket })).storage;
      await expect(broken.read()).rejects.toThrow(/bytes: not a maintenance state/);
      expect(sent).toBeLessThan(size);
    } finally {
      huge.closeAllConnections();
      await once(huge.close(), 'close');
    }
    expect(await storage.read()).toBeNull();
  });

  it('never destroys the client', async () => {
    const client = s3.client();
    const { storage, bucket } = await s3.storage({ client });
    await storage.write('kept');
    await storage.close();
    expect(
      (await client.send(new GetObjectCommand({ Bucket: bucket, Key: 'maintenance-mode.json' }))).ETag,
    ).toBeDefined();
  });

  it('gives up what still waits for an answer when it is closed', async () => {
    const { storage } = await behindProxy();
    let asked = false;
    proxy.instead = () => {
      asked = true;
      return undefined;
    };
    proxy.delayMs = 2 ** 30;
    const reading = expect(storage.read()).rejects.toThrow(/given up/);
    await until('the request has arrived', () => asked);
    const closed = performance.now();
    await storage.close();
    await reading;
    // By itself it would be given up after 30 seconds.
    expect(performance.now() - closed).toBeLessThan(20_000);
  });

  it('says what to do about it, and keeps the cause', async () => {
    const { bucket } = await s3.storage();
    const credentials = { accessKeyId: s3.server.credentials.accessKeyId, secretAccessKey: 'wrong' };
    const failures: [message: RegExp, options: Partial<S3StorageOptions>, answer?: OtherAnswer][] = [
      [/no such bucket.*NoSuchBucket, HTTP 404/, { bucket: 'no-such-bucket' }],
      [
        /credentials.*InvalidAccessKeyId/,
        { client: s3.client({ credentials: { ...credentials, accessKeyId: 'x' } }) },
      ],
      [/credentials.*SignatureDoesNotMatch/, { client: s3.client({ credentials }) }],
      [/s3:GetObject.*s3:ListBucket.*AccessDenied, HTTP 403/, {}, answers(403, 'AccessDenied')],
      [
        /another region.*is at eu-west-3/,
        {},
        answers(400, 'AuthorizationHeaderMalformed', '<Region>eu-west-3</Region>'),
      ],
      [
        /another region/,
        {},
        answers(301, 'PermanentRedirect', '<Endpoint>b.s3.eu-west-3.amazonaws.com</Endpoint>'),
      ],
      [/HTTP 503/, {}, answers(503, 'SlowDown')],
    ];
    for (const [message, options, answer] of failures) {
      proxy.instead = answer === undefined ? undefined : () => answer;
      const client = answer === undefined ? s3.client() : s3.client({ endpoint: proxy.endpoint });
      const { storage } = await s3.storage({ bucket, client, ...options });
      await expect(storage.read()).rejects.toMatchObject({
        message: expect.stringMatching(message),
        cause: { $metadata: expect.anything() },
      });
      await expect(storage.write('text', null)).rejects.toThrow(message);
    }
  });
});

describe('S3Storage', () => {
  const client = new S3Client({ region: 'eu-central-1' });
  afterAll(() => client.destroy());

  it('keeps the state in maintenance-mode.json unless told otherwise, and says where it is', () => {
    expect(new S3Storage({ client, bucket: 'state' }).location).toBe('s3://state/maintenance-mode.json');
    expect(new S3Storage({ client, bucket: 'state', key: 'a/b' }).location).toBe('s3://state/a/b');
  });

  it.each<[path: string, options: unknown]>([
    ['client', { bucket: 'b' }],
    ['client', { client: {}, bucket: 'b' }],
    ['bucket', { client }],
    ['bucket', { client, bucket: '' }],
    ['key', { client, bucket: 'b', key: '' }],
    ['conditionalWrites', { client, bucket: 'b', conditionalWrites: 1 }],
    ['region', { client, bucket: 'b', region: 'eu-central-1' }],
  ])('refuses a wrong %s', (path, options) => {
    expect(() => Reflect.construct(S3Storage, [options])).toThrow(
      new RegExp(`^S3Storage\\.${path}: expected`),
    );
  });
});
