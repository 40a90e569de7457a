import { createKeyv } from '@keyv/redis';
import { S3Client } from '@aws-sdk/client-s3';
import { createCluster, createSentinel } from 'redis';
import { FileStorage, type MaintenanceStorage } from 'nestjs-maintenance-mode';
import { CacheStorage } from 'nestjs-maintenance-mode/cache';
import { RedisStorage } from 'nestjs-maintenance-mode/redis';
import { S3Storage } from 'nestjs-maintenance-mode/s3';

/** The port that a process is to use in place of an address. */
type Ports = Readonly<Record<string, number>>;

/** What a process needs to know to make its storage. */
export type StorageSettings =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'redis' | 'keyv'; readonly port: number }
  | { readonly kind: 'cluster'; readonly roots: readonly number[]; readonly ports: Ports }
  | {
      readonly kind: 'sentinel';
      readonly name: string;
      readonly roots: readonly number[];
      readonly ports: Ports;
    }
  | {
      readonly kind: 's3';
      readonly port: number;
      readonly bucket: string;
      readonly credentials: Credentials;
    };

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const HOST = '127.0.0.1';
/** An application's own client notices a dead connection only if it is told to: the storage cannot do it for it. */
const NOTICING = { pingInterval: 1_000, socket: { socketTimeout: 3_000 } } as const;
/** By default a client does not connect again after a socket timeout, and a sentinel client never recovers from that. */
const RECONNECTING = {
  ...NOTICING,
  socket: { ...NOTICING.socket, reconnectStrategy: (retries: number) => Math.min(100 * retries, 1_000) },
};

/** The storage, made as an application makes it. */
export async function makeStorage(settings: StorageSettings): Promise<MaintenanceStorage> {
  switch (settings.kind) {
    case 'file':
      return new FileStorage({ path: settings.path });
    case 'redis':
      return new RedisStorage({ url: url(settings.port) });
    case 'keyv':
      return new CacheStorage(
        createKeyv({ url: url(settings.port), disableOfflineQueue: true, ...NOTICING }),
      );
    case 'cluster': {
      const rootNodes = settings.roots.map((port) => ({ url: url(port) }));
      const client = createCluster({ rootNodes, nodeAddressMap: mapped(settings.ports), defaults: NOTICING });
      client.on('error', () => undefined);
      await client.connect();
      return new RedisStorage({ client });
    }
    case 'sentinel': {
      const { name, roots, ports } = settings;
      const client = createSentinel({
        name,
        sentinelRootNodes: roots.map((port) => ({ host: HOST, port })),
        nodeAddressMap: mapped(ports),
        nodeClientOptions: RECONNECTING,
        sentinelClientOptions: RECONNECTING,
        scanInterval: 1_000,
      });
      client.on('error', () => undefined);
      await client.connect();
      return new RedisStorage({ client });
    }
    case 's3': {
      const client = new S3Client({
        endpoint: `http://${HOST}:${settings.port}`,
        region: 'default',
        credentials: settings.credentials,
        forcePathStyle: true,
        requestChecksumCalculation: 'WHEN_REQUIRED',
        responseChecksumValidation: 'WHEN_REQUIRED',
      });
      return new S3Storage({ client, bucket: settings.bucket });
    }
  }
}

function url(port: number): string {
  return `redis://${HOST}:${port}`;
}

function mapped(ports: Ports): (address: string) => { host: string; port: number } | undefined {
  return (address) => {
    const port = ports[address];
    return port === undefined ? undefined : { host: HOST, port };
  };
}
