import { afterAll, afterEach, beforeAll } from '@jest/globals';
import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import { type StoredRecord } from 'nestjs-maintenance-mode';
import { S3Storage, type S3StorageOptions } from 'nestjs-maintenance-mode/s3';
import { describeWith, findProgram } from './programs.js';
import { S3_PROGRAMS, type S3Server, startS3Server } from './s3-server.js';

const missing = S3_PROGRAMS.filter((name) => findProgram(name) === undefined);
const isThere = missing.length === 0;

/** `describe`, which skips where Ceph's S3 gateway cannot be started, but in CI. */
export const describeWithS3 = describeWith(
  `No S3 gateway of Ceph (missing in PATH: ${missing.join(', ')})`,
  isThere ? 'found' : undefined,
);

/** For the tests of one file: a server that is started once, and what each of them makes on it. */
export class S3Tests {
  #server: S3Server | undefined;
  readonly #clients = new Set<S3Client>();

  /** Registers the hooks that start and stop the server. */
  constructor() {
    beforeAll(async () => {
      if (isThere) this.#server = await startS3Server();
    }, 180_000);
    afterEach(() => {
      for (const client of this.#clients) client.destroy();
      this.#clients.clear();
    });
    afterAll(async () => this.#server?.stop());
  }

  get server(): S3Server {
    if (this.#server === undefined) throw new Error('The server is started before the first test.');
    return this.#server;
  }

  /** A client that is destroyed after the test. */
  client(config?: S3ClientConfig): S3Client {
    const client = this.server.client(config);
    this.#clients.add(client);
    return client;
  }

  /** A storage in a new bucket, unless one is given. */
  async storage(options: Partial<S3StorageOptions> = {}): Promise<{ storage: S3Storage; bucket: string }> {
    const bucket = options.bucket ?? (await this.server.makeBucket());
    return { storage: new S3Storage({ client: this.client(), ...options, bucket }), bucket };
  }
}

/** A write of which only the outcome matters: the record, or the code of the error. */
export async function outcomeOf(write: Promise<StoredRecord>): Promise<string> {
  return write.then(
    ({ text }) => `wrote ${text}`,
    (error: unknown) => String(Reflect.get(Object(error), 'code') ?? error),
  );
}
