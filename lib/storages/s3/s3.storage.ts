import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { S3Client } from '@aws-sdk/client-s3';
import { MaintenanceConflictError } from '../../errors.js';
import type { MaintenanceStorage, StoredRecord, WriteLimits } from '../../interfaces/maintenance-storage.js';
import { boolean, checkOption, is, memberOf, object, required, string } from '../../validation/values.js';
import {
  explained,
  GIVE_UP_AFTER_MS,
  isRefusal,
  mayBeALostRace,
  quoted,
  type S3Content,
  S3Object,
  statusOf,
  UnansweredWrite,
  unknownOutcome,
  type WriteCondition,
} from './s3-object.js';

/** How often a write is tried that was refused although the object still has the expected version. */
const MAX_ATTEMPTS = 5;
const MAX_PAUSE_MS = 40;
/** So that the caller, which has the better error message, gives the write up first. */
const GRACE_MS = 50;
/** No object has this version, so a write that expects it must be refused. */
const IMPOSSIBLE_VERSION = '0'.repeat(32);

/** The client of the AWS SDK, and where the object is. @publicApi */
export interface S3StorageOptions {
  /** The application's own; this storage never destroys it. */
  readonly client: S3Client;
  readonly bucket: string;
  /** Of the object. Default: `maintenance-mode.json`. */
  readonly key?: string;
  /**
   * Whether writes are conditional (`If-Match`, `If-None-Match`). `false` is for endpoints without conditional writes: if two
   * processes write at the same moment, the last one wins, and `atomic` is false. Default: `true`.
   */
  readonly conditionalWrites?: boolean;
}

/** One call of `write`. */
interface Writing {
  readonly text: string;
  /** Marks the object as written by this call. */
  readonly writer: string;
  /** Of `performance.now`. */
  readonly giveUpAt: number;
}

const options = object({
  client: is('an S3Client', (value): value is S3Client => typeof memberOf(value, 'send') === 'function'),
  bucket: string({ min: 1 }),
  key: string({ min: 1 }),
  conditionalWrites: boolean,
});

/**
 * Keeps the state in an object of an S3 bucket, or of a compatible service.
 *
 * Atomic by conditional writes: `If-Match` with the ETag, and `If-None-Match: *` for the first. An endpoint may silently ignore
 * these headers, so before its first conditional write each storage makes one that must be refused; if it is not refused, the
 * write rejects. Reads are conditional as well: an unchanged state costs a 304 without a body. The version is the ETag, which
 * is the same for the same text. Texts have to differ, as records do by their revision.
 *
 * @publicApi
 */
export class S3Storage implements MaintenanceStorage {
  readonly name = 's3';
  readonly atomic: boolean;
  /** `s3://bucket/key`. */
  readonly location: string;

  readonly #object: S3Object;
  /** The last content that was read or written, which a 304 stands for. */
  #known: S3Content | null = null;
  /** Whether the endpoint has refused a write whose condition was false. */
  #checksConditions = false;
  /** An ETag has quotes (RFC 9110), but Ceph's gateway compares the header with the ETag without them. */
  #spelling: 'quoted' | 'bare' = 'quoted';

  /** @throws MaintenanceOptionsError for an option that is wrong, missing or unknown. */
  constructor({ client, bucket, key = 'maintenance-mode.json', ...rest }: S3StorageOptions) {
    const checked = checkOption(
      (value, path) => {
        const { conditionalWrites = true, ...given } = options(value, path);
        required(given.client, `${path}.client`, 'an S3Client');
        required(given.bucket, `${path}.bucket`, 'the name of a bucket');
        return { conditionalWrites };
      },
      { client, bucket, key, ...rest },
      'S3Storage',
    );
    this.atomic = checked.conditionalWrites;
    this.location = `s3://${bucket}/${key}`;
    this.#object = new S3Object(client, bucket, key);
  }

  async read(): Promise<StoredRecord | null> {
    return this.#explaining(async () => {
      const known = this.#known;
      const found = await this.#object.get(performance.now() + GIVE_UP_AFTER_MS, known?.version);
      const content = found === 'unchanged' ? known : found;
      this.#known = content;
      return content === null ? null : recordOf(content);
    });
  }

  /** When the time is over, begins no more requests and aborts a pending one. What S3 has received by then may still take effect. */
  async write(text: string, expected?: string | null, limits?: WriteLimits): Promise<StoredRecord> {
    const writing: Writing = {
      text,
      writer: randomUUID(),
      giveUpAt: performance.now() + (limits ? limits.timeoutMs + GRACE_MS : GIVE_UP_AFTER_MS),
    };
    return this.#explaining(async () => {
      if (expected === undefined || !this.atomic) return this.#putAnyway(writing);
      if (!this.#checksConditions) await this.#checkConditions(writing, expected);
      return this.#putIf(writing, expected);
    });
  }

  /** Aborts requests that wait for an answer. The client belongs to the application, and stays open. */
  async close(): Promise<void> {
    this.#object.abort();
  }

  async #put({ text, writer, giveUpAt }: Writing, condition: WriteCondition): Promise<StoredRecord> {
    const version = await this.#object.put(giveUpAt, text, condition, writer);
    return this.#learn({ text, version, writer });
  }

  async #putAnyway(writing: Writing): Promise<StoredRecord> {
    try {
      return await this.#put(writing, {});
    } catch (error) {
      if (!(error instanceof UnansweredWrite)) throw error;
      const stored = await this.#storedAfter(error.cause, true, writing);
      if (stored?.writer === writing.writer) return this.#learn(stored);
      throw unknownOutcome(error.cause);
    }
  }

  async #putIf(writing: Writing, expected: string | null): Promise<StoredRecord> {
    // An attempt whose answer was lost may have been successful, whatever happens to the following ones.
    let wasUnanswered = false;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#put(writing, this.#condition(expected));
      } catch (thrown) {
        const isUnanswered = thrown instanceof UnansweredWrite;
        wasUnanswered ||= isUnanswered;
        const error: unknown = isUnanswered ? thrown.cause : thrown;
        if (!isUnanswered && !mayBeALostRace(error)) throw wasUnanswered ? unknownOutcome(error) : error;
        const stored = await this.#storedAfter(error, wasUnanswered, writing);
        // The answer to a successful attempt was lost, and the next attempt was refused because of it.
        if (stored?.writer === writing.writer) return this.#learn(stored);
        const isStillExpected = (stored?.version ?? null) === expected;
        // An attempt without an answer may still arrive. Trying again decides it: only one of the two can be the first.
        if (isStillExpected && !isRefusal(error) && (!isUnanswered || attempt === MAX_ATTEMPTS))
          throw wasUnanswered ? unknownOutcome(error) : error;
        if (!isStillExpected || attempt === MAX_ATTEMPTS)
          throw new MaintenanceConflictError(this.name, { cause: error });
        if (statusOf(error) === 412) this.#spelling = this.#spelling === 'quoted' ? 'bare' : 'quoted';
      }
      await delay(Math.random() * MAX_PAUSE_MS);
    }
  }

  /**
   * Makes a write that must be refused. If it is not refused, it changes nothing: it has the text that is stored already, or
   * `0`, which means the same as no object.
   *
   * @throws Error if the endpoint makes it all the same, or does not know the header.
   */
  async #checkConditions(writing: Writing, expected: string | null): Promise<void> {
    const known = this.#known;
    const isKnown = known !== null && known.version === expected;
    const stored = isKnown ? known : await this.#getWhole(writing);
    if ((stored?.version ?? null) !== expected) throw new MaintenanceConflictError(this.name);
    try {
      const condition = { IfMatch: quoted(IMPOSSIBLE_VERSION) };
      const { text, writer } = stored ?? { text: '0', writer: undefined };
      await this.#object.put(writing.giveUpAt, text, condition, writer ?? writing.writer);
    } catch (thrown) {
      // Answered or not, it changes nothing.
      const error: unknown = thrown instanceof UnansweredWrite ? thrown.cause : thrown;
      this.#checksConditions = isRefusal(error);
      if (this.#checksConditions) return;
      if (![400, 501].includes(statusOf(error) ?? 0)) throw error;
      throw noConditions('does not know conditional writes', { cause: error });
    }
    throw noConditions('ignores the conditions of writes');
  }

  /** What is stored after a failed write. @throws the error for the failure if that cannot be read. */
  async #storedAfter(failure: unknown, isUnanswered: boolean, writing: Writing): Promise<S3Content | null> {
    try {
      // When the time is over, no request begins. The timer that aborts one may be early by the clock.
      const isAborted = memberOf(failure, 'name') === 'AbortError';
      if (isAborted || performance.now() >= writing.giveUpAt) throw failure;
      return await this.#getWhole(writing);
    } catch {
      if (!isUnanswered && isRefusal(failure))
        throw new MaintenanceConflictError(this.name, { cause: failure });
      throw unknownOutcome(failure);
    }
  }

  async #getWhole({ giveUpAt }: Writing): Promise<S3Content | null> {
    const found = await this.#object.get(giveUpAt);
    if (found === 'unchanged') throw new Error('the endpoint answers 304 to a read without a condition');
    return found;
  }

  #condition(expected: string | null): WriteCondition {
    if (expected === null) return { IfNoneMatch: '*' };
    return { IfMatch: this.#spelling === 'quoted' ? quoted(expected) : expected };
  }

  #learn(content: S3Content): StoredRecord {
    this.#known = content;
    return recordOf(content);
  }

  async #explaining<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw explained(error);
    }
  }
}

function recordOf({ text, version }: S3Content): StoredRecord {
  return { text, version };
}

function noConditions(what: string, cause?: ErrorOptions): Error {
  return new Error(
    `the endpoint ${what} (If-Match), so of two writers at the same moment neither would know that it has lost. ` +
      'Nothing was changed. Use an endpoint that knows them, or accept that the last one wins: ' +
      'new S3Storage({ ..., conditionalWrites: false })',
    cause,
  );
}
