import { randomUUID } from 'node:crypto';
import { createClient } from 'redis';
import type { MaintenanceStorage, StoredRecord, WriteLimits } from '../contracts/maintenance-storage.js';
import { MaintenanceConflictError } from '../errors/maintenance-conflict.error.js';
import { MaintenanceOptionsError } from '../errors/maintenance-options.error.js';
import { is, string } from '../validation/check.js';
import { checkOption } from '../validation/check-option.js';
import { isRedisClient, RedisCommands, type RedisClientLike, type SingleClient } from './redis-client.js';
import { explain } from './redis-errors.js';
import { OwnClient } from './redis-own-client.js';
import { decodeRecord, encodeRecord, expectation, READ_CLOCK, WRITE } from './redis-record.js';
import { RedisSubscription } from './redis-subscription.js';

/** How long a write may take where its caller does not say: as `sync.timeoutMs`. */
const DEFAULT_TIMEOUT_MS = 1_000;
/** A timer may fire this much early, by a clock that was read at the beginning of a turn. */
const MARGIN_MS = 10;
const CONNECT_TIMEOUT_MS = 3_000;
const MAX_RECONNECT_DELAY_MS = 2_000;
/** A connection that is dead without knowing (a cut cable, a stopped machine) is given up after so long without an answer. */
const PING_INTERVAL_MS = 10_000;
const SILENCE_MS = 30_000;

interface CommonOptions {
  /** Also the name of the channel on which changes are told. Default: `maintenance-mode`. */
  readonly key?: string;
}

/** @publicApi */
export type RedisStorageOptions = CommonOptions &
  (
    | {
        /**
         * The application's own client, which is never closed here and may be connected later; it stays as it is, but for an
         * `error` listener where it has none, as node-redis otherwise ends the process when the connection is lost.
         */
        readonly client: RedisClientLike;
        readonly url?: undefined;
      }
    | {
        /** `redis[s]://[[user][:password]@]host[:port][/database]`: a connection of its own, made when it is needed. */
        readonly url: string;
        readonly client?: undefined;
      }
  );

/**
 * Keeps the state in Redis (5 or newer) or what speaks its language, for any number of instances.
 *
 * Atomic: a script compares and replaces in one step. A change is published on a channel of the key's name, so that others
 * know of it within milliseconds; one whose message is lost is found by the next poll. A write that its caller has given up
 * does not take effect later, whatever it was held up by: it carries the end of its time, by the server's own clock. Redis
 * answers a write before it is on a disk or a replica: what it forgets in a crash, the instances write back.
 *
 * Takes a URL, or a client of node-redis 5 or 6: `createClient`, `createClientPool`, `createCluster`, `createSentinel`; not
 * one in legacy mode. Subscribes on a connection of its own: on a duplicate of the client; a sentinel client has one for that.
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
  readonly #commands: RedisCommands;
  /** Null where the client is the application's. */
  readonly #own: OwnClient | null;
  readonly #subscriptions = new Set<RedisSubscription>();
  #isClosed = false;

  /** @throws MaintenanceOptionsError for a key, client or URL that is none, or both or neither of the last two. */
  constructor({ client, url, key = 'maintenance-mode' }: RedisStorageOptions) {
    this.#key = checkOption(string({ min: 1 }), key, 'RedisStorage.key');
    if ((client === undefined) === (url === undefined)) {
      throw new MaintenanceOptionsError('RedisStorage', 'expected either client or url');
    }
    if (url === undefined) {
      const given = checkOption(is('a client of node-redis', isRedisClient), client, 'RedisStorage.client');
      if (given.listenerCount('error') === 0) given.on('error', () => undefined);
      this.#own = null;
      this.#commands = new RedisCommands(given);
      this.location = `key ${key}`;
    } else {
      const made = clientFor(url);
      this.#own = new OwnClient(made);
      this.#commands = new RedisCommands(made);
      this.location = `key ${key} at ${withoutCredentials(url)}`;
    }
  }

  async read(): Promise<StoredRecord | null> {
    const value = await this.#send(['GET', this.#key]);
    const record = Buffer.isBuffer(value) ? decodeRecord(value) : null;
    for (const subscription of this.#subscriptions) subscription.found(record?.version ?? null);
    return record;
  }

  async write(
    text: string,
    expected?: string | null,
    { timeoutMs = DEFAULT_TIMEOUT_MS }: Partial<WriteLimits> = {},
  ): Promise<StoredRecord> {
    const record = { text, version: randomUUID() };
    const endsAt = performance.now() + timeoutMs - MARGIN_MS;
    const signal = AbortSignal.timeout(Math.max(0, Math.floor(timeoutMs - MARGIN_MS)));
    do {
      const outcome = await this.#tryWrite(record, expected, endsAt, signal);
      if (outcome === 'written') return record;
      if (outcome === 'conflict') throw new MaintenanceConflictError(this.name);
      // Too late by the server's clock; if it is not by ours, that one was set in between, or is another server's.
    } while (performance.now() < endsAt);
    throw new Error(`Redis was not reached within ${timeoutMs} ms: nothing was written.`);
  }

  async watch(onChange: () => void): Promise<() => Promise<void>> {
    const { client } = this.#commands;
    const subscription = new RedisSubscription(this.#commands, this.#key, onChange);
    const whenReady = (): void => onChange();
    const stop = (): void => {
      client.off('ready', whenReady);
      this.#subscriptions.delete(subscription);
      subscription.stop();
    };
    this.#subscriptions.add(subscription);
    client.on('ready', whenReady);
    try {
      if (this.#isClosed) throw new Error('The storage is closed.');
      await subscription.open();
    } catch (error) {
      stop();
      throw explain(error, this.#key);
    }
    return async () => stop();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const subscription of this.#subscriptions) subscription.stop();
    this.#subscriptions.clear();
    this.#own?.discard();
  }

  async #tryWrite(
    { text, version }: StoredRecord & { readonly version: string },
    expected: string | null | undefined,
    endsAt: number,
    signal: AbortSignal,
  ): Promise<string> {
    const clock = microseconds(await this.#send(['EVAL', READ_CLOCK, '1', this.#key], signal));
    // What is left now was left, or more, when the server looked at its clock.
    const left = Math.floor((endsAt - performance.now()) * 1_000);
    if (left <= 0) return 'untimely';
    const limits = [`${clock}`, `${clock + left}`];
    const args = ['1', this.#key, encodeRecord(text, version), version, expectation(expected), ...limits];
    return String(await this.#send(['EVAL', WRITE, ...args], signal));
  }

  async #send(args: readonly string[], signal?: AbortSignal): Promise<unknown> {
    if (this.#isClosed) throw new Error('The storage is closed.');
    try {
      await this.#own?.connected();
      return await this.#commands.send(this.#key, args, signal);
    } catch (error) {
      throw explain(error, this.#key);
    }
  }
}

function clientFor(url: string): SingleClient {
  checkOption(string({ min: 1 }), url, 'RedisStorage.url');
  try {
    return createClient({
      url,
      disableOfflineQueue: true,
      pingInterval: PING_INTERVAL_MS,
      socket: {
        connectTimeout: CONNECT_TIMEOUT_MS,
        socketTimeout: SILENCE_MS,
        reconnectStrategy: (retries) =>
          Math.min(50 * 2 ** Math.min(retries, 10), MAX_RECONNECT_DELAY_MS) * (0.5 + Math.random() / 2),
      },
    });
  } catch {
    // Without what it is, and without the cause, which has it, too: there may be a password in it.
    throw new MaintenanceOptionsError('RedisStorage.url', 'expected a redis:// or rediss:// URL');
  }
}

function withoutCredentials(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}

/** What TIME has answered, since 1970. */
function microseconds(time: unknown): number {
  const [seconds, rest] = Array.isArray(time) ? time.map(Number) : [];
  return (seconds ?? NaN) * 1_000_000 + (rest ?? NaN);
}
