import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { credentials, loadPackageDefinition, type Metadata } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { Controller } from '@nestjs/common';
import { GrpcMethod, GrpcStreamCall, GrpcStreamMethod, Transport } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { from, last, type Observable } from 'rxjs';
import { MaintenanceModule, MaintenanceService, MemoryStorage } from '../../lib/index.js';
import { freePort } from '../support/free-port.js';
import { until } from '../support/until.js';

interface Item {
  readonly name: string;
}
interface RawCall {
  on(event: string, listener: (item: Item) => void): void;
  write(item: Item): void;
  end(): void;
}

const calls: string[] = [];
const file = join(import.meta.dirname, '../support/shop.proto');

@Controller()
class ShopController {
  @GrpcMethod('Shop', 'Unary')
  unary(item: Item): Item {
    calls.push('unary');
    return item;
  }
  @GrpcMethod('Shop', 'Download')
  download(item: Item): Observable<Item> {
    calls.push('download');
    return from([item, item]);
  }
  @GrpcStreamMethod('Shop', 'Upload')
  upload(items: Observable<Item>): Observable<Item> {
    calls.push('upload');
    return items.pipe(last());
  }
  @GrpcStreamMethod('Shop', 'Exchange')
  exchange(items: Observable<Item>): Observable<Item> {
    calls.push('exchange');
    return items;
  }
  @GrpcStreamCall('Shop', 'RawUpload')
  rawUpload(call: RawCall, callback: (error: null, item: Item) => void): void {
    calls.push('rawUpload');
    call.on('data', () => undefined);
    call.on('end', () => callback(null, { name: 'tea' }));
  }
  @GrpcStreamCall('Shop', 'RawExchange')
  rawExchange(call: RawCall): void {
    calls.push('rawExchange');
    call.on('data', (item) => call.write(item));
    call.on('end', () => call.end());
  }
}

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

interface ClientCall {
  on(event: string, listener: (value: never) => void): ClientCall;
  write(item: Item): void;
  end(): void;
}
type Method = (...args: unknown[]) => ClientCall;

async function start(kind: 'alone' | 'hybrid' | 'inheriting') {
  calls.length = 0;
  const url = `127.0.0.1:${await freePort()}`;
  const options = { transport: Transport.GRPC as const, options: { url, package: 'shop', protoPath: file } };
  const module = await Test.createTestingModule({
    imports: [MaintenanceModule.forRoot({ storage: new MemoryStorage() })],
    controllers: [ShopController],
  }).compile();
  const app = kind === 'alone' ? module.createNestMicroservice(options) : module.createNestApplication();
  closing.push(() => app.close());
  if ('connectMicroservice' in app) {
    app.connectMicroservice(options, { inheritAppConfig: kind === 'inheriting' });
    await app.startAllMicroservices();
  } else await app.listen();
  const { shop } = loadPackageDefinition(loadSync(file)) as unknown as {
    shop: { Shop: new (address: string, with_: unknown) => Record<string, Method> & { close(): void } };
  };
  const client = new shop.Shop(url, credentials.createInsecure());
  closing.push(() => client.close());
  /** Begins a call, and resolves with what is received; those that stream to the server have sent nothing yet. */
  const begin = (name: string): { readonly sent: ClientCall; readonly received: Promise<unknown[]> } => {
    const isMany = name === 'Download' || name.endsWith('Exchange');
    let sent: ClientCall | undefined;
    const received = new Promise<unknown[]>((resolve, reject) => {
      const answered = (error: Error | null, item: Item): void => (error ? reject(error) : resolve([item]));
      const args = [...(isStream(name) ? [] : [{ name: 'tea' }]), ...(isMany ? [] : [answered])];
      sent = client[name]?.(...args);
      const got: Item[] = [];
      if (isMany) {
        sent?.on('data', (item: Item) => got.push(item));
        sent?.on('end', () => resolve(got));
      }
      sent?.on('error', reject);
    });
    if (!sent) throw new Error(`There is no ${name}.`);
    return { sent, received };
  };
  /** Calls a method with one item, and resolves with what is received. */
  const call = async (name: string): Promise<unknown[]> => {
    const { sent, received } = begin(name);
    if (isStream(name)) {
      sent.write({ name: 'tea' });
      sent.end();
    }
    return received;
  };
  return { begin, call, maintenance: app.get(MaintenanceService) };
}

/** Whether the client sends many. */
const isStream = (name: string): boolean => name !== 'Unary' && name !== 'Download';

const methods = ['Unary', 'Download', 'Upload', 'Exchange', 'RawUpload', 'RawExchange'];

describe.each(['alone', 'hybrid', 'inheriting'] as const)('gRPC, %s', (kind) => {
  it.each(methods)('refuses %s with UNAVAILABLE, and serves it before and after', async (name) => {
    const { call, maintenance } = await start(kind);
    const before = await call(name);
    expect(before[0]).toEqual({ name: 'tea' });
    expect(calls).toHaveLength(1);

    await maintenance.enable({ reason: 'Stocktaking', endsAt: new Date(Date.now() + 600_000) });
    const error = await call(name).then(
      () => null,
      (refused: { code: number; details: string; metadata: Metadata }) => refused,
    );
    expect(error).toMatchObject({ code: 14, details: 'Stocktaking' });
    expect(error?.metadata.get('code')).toEqual(['MAINTENANCE']);
    expect(Number(error?.metadata.get('retry-after')[0])).toBeGreaterThan(0);
    expect(calls).toHaveLength(1);

    await maintenance.disable();
    expect(await call(name)).toEqual(before);
    expect(await maintenance.drained({ timeoutMs: 10_000 })).toEqual({ drained: true, remaining: 0 });
  });

  it.each(methods.filter(isStream))(
    'lets a call of %s go on that has begun, waits for it, and refuses a new one',
    async (name) => {
      const { begin, call, maintenance } = await start(kind);
      const { sent, received } = begin(name);
      sent.write({ name: 'tea' });
      await until('the call has begun', () => calls.length === 1);
      await maintenance.enable();
      await expect(call(name)).rejects.toMatchObject({ code: 14 });
      expect(await maintenance.drained({ timeoutMs: 20 })).toEqual({ drained: false, remaining: 1 });
      sent.write({ name: 'tea' });
      sent.end();
      expect(await received).toHaveLength(name.endsWith('Exchange') ? 2 : 1);
      expect(await maintenance.drained({ timeoutMs: 10_000 })).toEqual({ drained: true, remaining: 0 });
      expect(calls).toHaveLength(1);
    },
  );
});
