import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { S3Proxy } from '../support/s3-proxy.js';
import { describeWithS3, S3Tests } from '../support/s3-tests.js';
import { bootContext, closeContexts, type StateContext } from '../support/state-context.js';
import { until } from '../support/until.js';

const sync = { pollIntervalMs: 20, timeoutMs: 3_000 };
const PATIENCE_MS = 60_000;
const TOGGLES = 8;
const KEY = 'maintenance-mode.json';

const s3 = new S3Tests();

function typesOf({ events }: StateContext): string[] {
  return events.map(({ type }) => type);
}

/** Turns maintenance of a scope on again and again, and once more where others were faster too often. */
async function toggle({ maintenance }: StateContext, scope: string): Promise<void> {
  for (let done = 0; done < TOGGLES;) {
    try {
      await maintenance.enable({ scope, reason: `${done}` });
      done += 1;
    } catch (error) {
      expect(error).toMatchObject({ code: 'MAINTENANCE_CONFLICT' });
    }
  }
}

describeWithS3('An application with its state in S3', () => {
  let proxy: S3Proxy;

  beforeEach(async () => {
    proxy = await S3Proxy.start(s3.server.endpoint);
  });
  afterEach(async () => {
    s3.server.thaw();
    await closeContexts();
    await proxy.stop();
  });

  const boot = async (
    bucket?: string,
    timeoutMs = sync.timeoutMs,
  ): Promise<StateContext & { bucket: string }> => {
    const made = await s3.storage({
      client: s3.client({ endpoint: proxy.endpoint }),
      ...(bucket === undefined ? {} : { bucket }),
    });
    return {
      ...(await bootContext({ storage: made.storage, sync: { ...sync, timeoutMs } })),
      bucket: made.bucket,
    };
  };

  it('polls an unchanged state with answers that have no body', async () => {
    const { maintenance } = await boot(undefined, PATIENCE_MS);
    await maintenance.enable();
    // One that was under way when the state was written brings it.
    await until('a poll of what is known', () => proxy.seen.at(-1)?.status === 304, PATIENCE_MS);
    proxy.seen.length = 0;
    await until('ten polls', () => proxy.seen.length >= 10, PATIENCE_MS);
    expect(new Set(proxy.seen.map((seen) => JSON.stringify(seen)))).toEqual(
      new Set(['{"method":"GET","status":304,"bytes":0}']),
    );
  });

  it('keeps the last known state while S3 is frozen, rejects a toggle in time, and works again afterwards', async () => {
    const context = await boot();
    const { maintenance, heard } = context;
    await maintenance.enable({ reason: 'Held' });
    s3.server.freeze();
    await heard('storage-failed');
    await expect(maintenance.disable()).rejects.toMatchObject({
      code: 'MAINTENANCE_STORAGE',
      message: expect.stringContaining('no answer within 3000 ms'),
    });
    expect(maintenance.status()).toMatchObject({ state: 'active', reason: 'Held', stale: true });
    s3.server.thaw();
    await heard('storage-recovered');
    expect(maintenance.status()).toMatchObject({ state: 'active', reason: 'Held', stale: false });
    expect(typesOf(context)).toEqual(['activated', 'storage-failed', 'storage-recovered']);
  });

  it('takes no write for made whose answer came too late, and then learns what has become of it', async () => {
    const { maintenance } = await boot();
    // With the second write the storage knows how the gateway wants its conditions.
    for (const reason of ['Before', 'First']) await maintenance.enable({ reason });
    proxy.slowMethods = ['PUT'];
    proxy.delayMs = PATIENCE_MS;
    // From then on no read is answered either: one in time would find the write.
    proxy.instead = ({ method }) => {
      if (method === 'PUT') proxy.slowMethods = ['GET', 'PUT'];
      return undefined;
    };
    await expect(maintenance.enable({ reason: 'Second' })).rejects.toThrow(
      /Whether it was written is unknown/,
    );
    const abandonedWrites = (): string[] => proxy.abandoned.filter((method) => method === 'PUT');
    await until('the request is given up', () => abandonedWrites().length > 0);
    expect(abandonedWrites()).toEqual(['PUT']);
    proxy.instead = undefined;
    proxy.slowMethods = [];
    await until('the truth is known', () => maintenance.status().reason === 'Second', PATIENCE_MS);
    await maintenance.enable({ reason: 'Third' });
    expect(maintenance.status()).toMatchObject({ state: 'active', reason: 'Third', stale: false });
  });

  it('finds out that a write was made of which every answer was lost', async () => {
    const { maintenance } = await boot(undefined, PATIENCE_MS);
    for (const reason of ['Before', 'First']) await maintenance.enable({ reason });
    let lost = 0;
    proxy.afterwards = ({ method }) => {
      if (method !== 'PUT' || lost === 3) return undefined;
      lost += 1;
      return null;
    };
    expect(await maintenance.enable({ reason: 'Made' })).toMatchObject({ reason: 'Made', revision: 3 });
    expect(lost).toBe(3);
  });

  it.each(['refused for another reason', 'refused because of itself, and S3 cannot be read'])(
    'says that the outcome is unknown where answers were lost before a write was %s',
    async (how) => {
      const { maintenance } = await boot(undefined, PATIENCE_MS);
      for (const reason of ['Before', 'First']) await maintenance.enable({ reason });
      const isMade = how.includes('itself');
      let writes = 0;
      proxy.instead = ({ method }) => {
        if (method !== 'PUT') return isMade && writes > 3 ? null : undefined;
        writes += 1;
        if (writes <= 3) return null;
        return isMade ? undefined : { status: 400 };
      };
      proxy.afterwards = ({ method }) => (method === 'PUT' ? { status: 412 } : undefined);
      await expect(maintenance.enable({ reason: 'Perhaps' })).rejects.toMatchObject({
        code: 'MAINTENANCE_STORAGE',
        message: expect.stringContaining('unknown'),
      });
      expect(writes).toBe(4);
    },
  );

  it('reports a lost race as one, also if what is stored cannot be looked at', async () => {
    const { storage, bucket } = await s3.storage({ client: s3.client({ endpoint: proxy.endpoint }) });
    const first = await storage.write('first');
    const second = await storage.write('second', first.version);
    await (await s3.storage({ bucket })).storage.write('of another');
    proxy.instead = ({ method }) => (method === 'GET' ? null : undefined);
    await expect(storage.write('third', second.version)).rejects.toMatchObject({
      code: 'MAINTENANCE_CONFLICT',
    });
  });

  it('boots while S3 is down, and follows it once it is up', async () => {
    const bucket = await s3.server.makeBucket();
    await (await s3.storage({ bucket })).storage.write('1');
    proxy.instead = () => null;
    const context = await boot(bucket);
    expect(context.maintenance.status()).toMatchObject({ state: 'off', stale: true });
    await expect(context.maintenance.enable()).rejects.toMatchObject({ code: 'MAINTENANCE_STORAGE' });
    proxy.instead = undefined;
    await context.heard('storage-recovered');
    expect(context.maintenance.status()).toMatchObject({ state: 'active', stale: false });
    expect(typesOf(context).filter((type) => type === 'storage-failed').length).toBeLessThanOrEqual(1);
  });

  it('stays in effect through a gateway that is killed and started again', async () => {
    const context = await boot();
    const { maintenance, heard } = context;
    await maintenance.enable({ reason: 'Held' });
    await s3.server.kill();
    await heard('storage-failed');
    await expect(maintenance.disable()).rejects.toMatchObject({ code: 'MAINTENANCE_STORAGE' });
    expect(maintenance.status()).toMatchObject({ state: 'active', reason: 'Held', stale: true });
    await s3.server.revive();
    await heard('storage-recovered');
    await maintenance.disable();
    expect(typesOf(context)).toEqual(['activated', 'storage-failed', 'storage-recovered', 'deactivated']);
  });

  it('follows a slow S3: what it answers in time counts', async () => {
    const context = await boot(undefined, PATIENCE_MS);
    proxy.delayMs = 200;
    await context.maintenance.enable();
    await context.maintenance.disable();
    expect(typesOf(context)).toEqual(['activated', 'deactivated']);
  });

  it('keeps the last known state over garbage, and replaces it when it is toggled', async () => {
    const { maintenance, heard, bucket, logs } = await boot(undefined, PATIENCE_MS);
    await maintenance.enable({ reason: 'Held' });
    await s3.client().send(new PutObjectCommand({ Bucket: bucket, Key: KEY, Body: '<html>garbage</html>' }));
    await heard('storage-failed');
    expect(maintenance.status()).toMatchObject({ state: 'active', reason: 'Held', stale: true });
    await maintenance.disable();
    expect(maintenance.status()).toMatchObject({ state: 'off', stale: false });
    expect(logs.join('\n')).toContain('warn: ');
  });

  it('writes the record back when the object is deleted during maintenance', async () => {
    const { maintenance, heard, bucket, events } = await boot(undefined, PATIENCE_MS);
    await maintenance.enable({ reason: 'Held' });
    await s3.client().send(new DeleteObjectCommand({ Bucket: bucket, Key: KEY }));
    await heard('storage-recovered');
    expect((await (await s3.storage({ bucket })).storage.read())?.text).toContain('Held');
    expect(maintenance.status()).toMatchObject({ state: 'active', reason: 'Held', stale: false });
    expect(events.map(({ type }) => type)).toEqual(['activated', 'storage-failed', 'storage-recovered']);
  });

  it('loses no change of two writers, one of them far away', async () => {
    const near = await boot(undefined, PATIENCE_MS);
    const { storage } = await s3.storage({ bucket: near.bucket });
    const far = await bootContext({
      storage,
      sync: { pollIntervalMs: 20, timeoutMs: PATIENCE_MS },
    });
    proxy.delayMs = 100;
    await Promise.all([toggle(near, 'near'), toggle(far, 'far')]);
    const status = await near.maintenance.refresh();
    expect(status.revision).toBe(2 * TOGGLES);
    expect(near.maintenance.status('far')).toMatchObject({ state: 'active', reason: '7' });
    expect(near.maintenance.status('near')).toMatchObject({ state: 'active', reason: '7' });
  });
});
