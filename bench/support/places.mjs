/**
 * The places in which a bench keeps its state: each is started for the bench alone, on this machine, and removed again. What
 * cannot be had here is skipped, with a line that says why.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRedis } from './redis.mjs';

/** By the name that stands on the command line: starts the place, and gives what another process needs to open it. */
const PLACES = {
  file: async () => {
    const directory = await mkdtemp(join(tmpdir(), 'maintenance-bench-'));
    return {
      spec: { kind: 'file', path: join(directory, 'state.json') },
      stop: () => rm(directory, { recursive: true }),
    };
  },
  redis: async () => {
    const redis = await startRedis();
    return { spec: { kind: 'redis', url: redis.url }, stop: redis.stop };
  },
  cache: async () => {
    const redis = await startRedis();
    return { spec: { kind: 'cache', url: redis.url }, stop: redis.stop };
  },
  s3: async () => {
    // Of each process that opens it: the SDK's note about versions of Node is nobody's result.
    process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
    const { startS3Server } = await importTypeScript('../../test/support/s3-server.ts');
    const server = await startS3Server();
    const { endpoint, credentials } = server;
    const bucket = await server.makeBucket();
    return { spec: { kind: 's3', endpoint, credentials, bucket }, stop: () => server.stop() };
  },
};

export const placeNames = Object.keys(PLACES);

/** Those that the command line names, or all. */
export function chosenPlaces(names) {
  const unknown = names.filter((name) => !placeNames.includes(name));
  if (unknown.length > 0)
    throw new Error(`Unknown: ${unknown.join(', ')}. There are: ${placeNames.join(', ')}.`);
  return names.length > 0 ? names : placeNames;
}

/** Runs `work` in a place; resolves to null where the place cannot be had. */
export async function inPlace(name, work) {
  let place;
  try {
    place = await PLACES[name]();
    // Not built, or its package is not installed: better known before processes are started.
    await (await openStorage(place.spec)).close?.();
  } catch (error) {
    await place?.stop();
    process.stdout.write(`${name}: skipped. ${error.message}\n`);
    return null;
  }
  try {
    return await work(place.spec);
  } finally {
    await place.stop();
  }
}

/** The storage of a place, in this process. Its `close` releases all that was opened for it. */
export async function openStorage(spec) {
  switch (spec.kind) {
    case 'file': {
      const { FileStorage } = await import('nestjs-maintenance-mode');
      return new FileStorage({ path: spec.path });
    }
    case 'redis': {
      const { RedisStorage } = await import('nestjs-maintenance-mode/redis');
      return new RedisStorage({ url: spec.url });
    }
    case 'cache': {
      const { CacheStorage } = await import('nestjs-maintenance-mode/cache');
      const { createCache } = await import('cache-manager');
      const { createKeyv } = await import('@keyv/redis');
      const cache = createCache({ stores: [createKeyv(spec.url)] });
      return withClose(new CacheStorage(cache), () => cache.disconnect());
    }
    case 's3': {
      const { S3Storage } = await import('nestjs-maintenance-mode/s3');
      const { S3Client } = await import('@aws-sdk/client-s3');
      const client = new S3Client({
        endpoint: spec.endpoint,
        credentials: spec.credentials,
        region: 'us-east-1',
        forcePathStyle: true,
        requestChecksumCalculation: 'WHEN_REQUIRED',
        responseChecksumValidation: 'WHEN_REQUIRED',
      });
      return withClose(new S3Storage({ client, bucket: spec.bucket }), async () => client.destroy());
    }
    default:
      throw new Error(`Unknown kind of storage: ${spec.kind}`);
  }
}

/** Clients that were given to a storage are not closed by it. */
function withClose(storage, close) {
  const own = storage.close?.bind(storage);
  storage.close = async () => {
    await own?.();
    await close();
  };
  return storage;
}

/** The tests have a server for it, in TypeScript, which not every Node that this package supports runs by itself. */
async function importTypeScript(path) {
  const { register } = await import('node:module');
  register('./typescript-loader.mjs', import.meta.url);
  return import(path);
}
