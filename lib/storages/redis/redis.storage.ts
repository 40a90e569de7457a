import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { MaintenanceConflictError, MaintenanceOptionsError } from '../../errors.js';
import type { MaintenanceStorage, StoredRecord, WriteLimits } from '../../interfaces/maintenance-storage.js';
import { checkOption, string } from '../../validation/values.js';
import {
  clientFor,
  decodeRecord,
  encodeRecord,
  expectation,
  explain,
  isOutcome,
  isReply,
  isUnsent,
  isWrongServer,
  microseconds,
  type Outcome,
  READ_CLOCK,
  redisClient,
  type RedisClientLike,
  RedisCommands,
  type SingleClient,
  unexpectedAnswer,
  unknownOutcome,
  withoutCredentials,
  WRITE,
} from './redis-client.js';
import { OwnClient } from './redis-connection.js';
import { RedisSubscription } from './redis-subscription.js';

/** The time limit of a write without one: the same as the default of `sync.timeoutMs`. */
const DEFAULT_TIMEOUT_MS = 1_000;
/** A timer may fire this much early, since Node.js reads the clock at the beginning of a turn of the event loop. */
const MARGIN_MS = 10;
/** The pause before another attempt of a write whose connection was lost, or whose server does not take writes. */
const RETRY_MS = 50;
/** How often to try a write that was not sent because Redis cannot be reached: a lost connection is soon back. */
const MAX_LOST = 6;

interface CommonOptions {
  /** Also the name of the channel on which changes are published. Default: `maintenance-mode`. */
  readonly key?: string;
}

/** A client of the application, or the URL for a client of the storage itself; and the key. @publicApi */
export type RedisStorageOptions = CommonOptions &
  (
    | {
        /**
         * The application's own client. It is never closed here, and may be connected later. If it has no `error` listener, it
         * gets one, since otherwise node-redis ends the process when the connection is lost.
         */
        readonly client: RedisClientLike;
        readonly url?: undefined;
      }
    | {
        /** `redis[s]://[[user][:password]@]host[:port][/database]`: a separate connection, made when it is needed. */
        readonly url: string;
        readonly client?: undefined;
      }
  );

/**
 * Keeps the state in Redis (5 or newer) or a compatible server, for any number of instances.
 *
 * Atomic: a script compares and replaces in one step. A change is published on a channel with the name of the key, so that other
 * instances see it within milliseconds; if its message is lost, the next poll finds it. A late write never takes effect: it
 * carries its deadline, by the server's own clock. Redis answers a write before it is on a disk or a replica: if a crash loses
 * it, the instances write it back.
 *
 * Takes a URL, or a client of node-redis 5 or 6: `createClient`, `createClientPool`, `createCluster`, `createSentinel`; not
 * one in legacy mode. Subscribes on a separate connection: a duplicate of the client, or the one that a sentinel client has.
 *
 * Its user needs `+get +set +eval +time +publish +subscribe`, the key and the channel: `~maintenance-mode &maintenance-mode`.
 *
 * @example
 * ```ts
 * MaintenanceModule.forRoot({ storage: new RedisStorage({ url: 'redis://localhost:6379' }) })
 * ```
 * @publicApi
 */
export class RedisStorage implements MaintenanceStorage {
  readonly name = 'redis';
  readonly atomic = true;
  /** The key, and the URL without user and password. */
  readonly location: string;

  readonly #key: string;
  /** The application's, or the storage's own. */
  readonly #client: RedisCommands | OwnClient;
  readonly #subscriptions = new Set<RedisSubscription>();

  /** @throws MaintenanceOptionsError for a wrong key, client or URL, and for both or neither of client and URL. */
  constructor({ client, url, key = 'maintenance-mode' }: RedisStorageOptions) {
    this.#key = checkOption(string({ min: 1 }), key, 'RedisStorage.key');
    if ((client === undefined) === (url === undefined)) {
      throw new MaintenanceOptionsError('RedisStorage', 'expected either client or url');
    }
    if (url === undefined) {
      const given = checkOption(redisClient, client, 'RedisStorage.client');
      if (given.listenerCount('error') === 0) given.on('error', () => undefined);
      this.#client = new RedisCommands(given);
      this.location = `key ${key}`;
    } else {
      // Fails for a wrong URL.
      clientFor(url);
      this.#client = new OwnClient(() => clientFor(url));
      this.location = `key ${key} at ${withoutCredentials(url)}`;
    }
  }

  async read(): Promise<StoredRecord | null> {
    const value = await this.#explaining(() => this.#send(['GET', this.#key]));
    if (value !== null && !Buffer.isBuffer(value)) throw unexpectedAnswer('GET', value);
    const record = value === null ? null : decodeRecord(value);
    for (const subscription of this.#subscriptions) subscription.found(record?.version ?? null);
    return record;
  }

  /** Tries again if the answer was lost: the script recognises a write that was made already. */
  async write(
    text: string,
    expected?: string | null,
    { timeoutMs = DEFAULT_TIMEOUT_MS }: Partial<WriteLimits> = {},
  ): Promise<StoredRecord> {
    const writing: Writing = {
      record: { text, version: randomUUID() },
      expected,
      endsAt: performance.now() + timeoutMs - MARGIN_MS,
      signal: AbortSignal.timeout(Math.max(0, Math.floor(timeoutMs - MARGIN_MS))),
      mayBeMade: false,
    };
    const outcome = await this.#explaining(() => this.#writeInTime(writing));
    if (outcome === 'written') return writing.record;
    if (outcome === 'conflict') throw new MaintenanceConflictError(this.name);
    throw new Error(`Redis was not reached within ${Math.round(timeoutMs)} ms: nothing was written.`);
  }

  async watch(onChange: () => void): Promise<() => Promise<void>> {
    const source = this.#client instanceof OwnClient ? this.#keepOpen(this.#client) : this.#client;
    const subscription = new RedisSubscription(source, this.#key, onChange);
    const offReady = this.#onReady(() => onChange());
    const stop = (): void => {
      offReady();
      this.#subscriptions.delete(subscription);
      subscription.stop();
    };
    this.#subscriptions.add(subscription);
    try {
      await subscription.open();
    } catch (error) {
      stop();
      throw explain(error, this.#key);
    }
    return async () => stop();
  }

  /** Closes what this storage has opened. If it is used again, it connects again. */
  async close(): Promise<void> {
    for (const subscription of this.#subscriptions) subscription.stop();
    this.#subscriptions.clear();
    if (this.#client instanceof OwnClient) this.#client.release();
  }

  #keepOpen(own: OwnClient): () => SingleClient {
    own.keepOpen();
    return () => own.duplicate();
  }

  #onReady(listener: () => void): () => void {
    if (this.#client instanceof OwnClient) return this.#client.onReady(listener);
    const { client } = this.#client;
    client.on('ready', listener);
    return () => client.off('ready', listener);
  }

  async #writeInTime(writing: Writing): Promise<Outcome> {
    let failure: unknown;
    for (let attempt = 1; ; attempt += 1) {
      try {
        const outcome = await this.#tryWrite(writing);
        // Too late by the server's clock. If not by ours, the server's clock was set meanwhile, or it is another server.
        if (outcome !== 'expired') return outcome;
        if (performance.now() >= writing.endsAt) {
          // Not made, and why not.
          if (isWrongServer(failure)) throw failure;
          return outcome;
        }
      } catch (error) {
        // An earlier error says more than the end of the time.
        if (failure === undefined || !writing.signal.aborted) failure = error;
        const isLost = !isReply(error) && (attempt < MAX_LOST || writing.mayBeMade);
        if (!isLost && !isWrongServer(error)) break;
      }
      if (performance.now() + RETRY_MS >= writing.endsAt) break;
      await delay(RETRY_MS, undefined, { ref: false });
    }
    if (writing.mayBeMade) throw unknownOutcome(failure);
    if (failure === undefined) return 'expired';
    throw failure;
  }

  async #tryWrite(writing: Writing): Promise<Outcome> {
    const { record, expected, endsAt, signal } = writing;
    const clock = microseconds(await this.#send(['EVAL', READ_CLOCK, '1', this.#key], signal));
    // The server has read its clock before, so this is not too much.
    const left = Math.floor((endsAt - performance.now()) * 1_000);
    const limits = [`${clock}`, `${clock + Math.max(0, left)}`];
    if (left <= 0 && !writing.mayBeMade) return 'expired';
    const value = encodeRecord(record.text, record.version);
    const args = ['1', this.#key, value, record.version, expectation(expected), ...limits];
    try {
      const outcome = String(await this.#send(['EVAL', WRITE, ...args], signal));
      if (!isOutcome(outcome)) throw unexpectedAnswer('EVAL', outcome);
      return outcome;
    } catch (error) {
      if (!isReply(error) && !isUnsent(error)) writing.mayBeMade = true;
      throw error;
    }
  }

  async #send(args: readonly string[], signal?: AbortSignal): Promise<unknown> {
    const send = (commands: RedisCommands): Promise<unknown> => commands.send(this.#key, args, signal);
    return this.#client instanceof OwnClient ? this.#client.use(send) : send(this.#client);
  }

  async #explaining<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw explain(error, this.#key);
    }
  }
}

/** One call of `write`. */
interface Writing {
  readonly record: StoredRecord & { readonly version: string };
  readonly expected: string | null | undefined;
  /** Of `performance.now`. */
  readonly endsAt: number;
  readonly signal: AbortSignal;
  /** Whether it was sent and no answer came. */
  mayBeMade: boolean;
}
