import { Logger } from '@nestjs/common';
import { MaintenanceOptionsError } from '../../errors.js';
import type { MaintenanceStorage, StoredRecord } from '../../interfaces/maintenance-storage.js';
import { checkOption, describe, memberOf, object, string } from '../../validation/values.js';

/** In milliseconds: never, also if the cache has a default. */
const NO_EXPIRY = 0;

/** Under which key the state is kept. @publicApi */
export interface CacheStorageOptions {
  /** Within the namespace of the cache, if it has one. Default: `maintenance-mode`. */
  readonly key?: string;
}

const options = object({ key: string({ min: 1 }) });

/**
 * Keeps the state in a cache of the application: of cache-manager (`CACHE_MANAGER`), or a Keyv.
 *
 * If it has several tiers, only the last one is used, which instances share. A cache in memory keeps the state for its process
 * only, with a warning. The record never expires; if it is evicted or flushed while maintenance is active, it is written back.
 * Caches have no compare-and-set: if two processes write at the same moment, the last one wins. The cache is never closed.
 *
 * @publicApi
 */
export class CacheStorage implements MaintenanceStorage {
  readonly name = 'cache';
  readonly atomic = false;
  /** The key. */
  readonly location: string;

  readonly #store: KeyvLike;
  readonly #errors: StoreErrors;
  #warnsOfMemory: boolean;

  /** @throws MaintenanceOptionsError for something that is not a cache, or a wrong key. */
  constructor(cache: CacheLike, given: CacheStorageOptions = {}) {
    const { key = 'maintenance-mode' } = checkOption(options, given, 'CacheStorage');
    this.location = key;
    this.#store = sharedStore(cache);
    this.#errors = new StoreErrors(this.#store);
    this.#warnsOfMemory = isInMemory(this.#store);
  }

  async read(): Promise<StoredRecord | null> {
    // At the first read, during boot: by then the application's own logger is set.
    if (this.#warnsOfMemory) {
      this.#warnsOfMemory = false;
      new Logger('MaintenanceMode').warn(
        'The cache with the maintenance state is in the memory of this process: the state applies to this process alone, ' +
          'and is lost when it ends. Several instances need a cache that they share, such as one over Redis.',
      );
    }
    const text = await this.#read();
    return text === null ? null : { text, version: null };
  }

  /** Also reads what it has written: a cache may report success for a write that failed. */
  async write(text: string): Promise<StoredRecord> {
    const errorSince = this.#errors.fromNow();
    const taken = await this.#store.set(this.location, text, NO_EXPIRY);
    if (taken === false) throw errorSince() ?? new Error('the cache has not taken what was written');
    const kept = await this.#read();
    // Another text was written by another process since then, unless this write has failed.
    const error = kept === text ? undefined : errorSince();
    if (error !== undefined) throw error;
    if (kept === null) throw new Error('the cache has not kept what was written: does it evict at once?');
    return { text, version: null };
  }

  async close(): Promise<void> {
    this.#errors.close();
  }

  async #read(): Promise<string | null> {
    const errorSince = this.#errors.fromNow();
    let value;
    try {
      value = await readValue(this.#store, this.location);
    } catch (error) {
      const text = unreadable(error);
      if (text === null) throw error;
      return text;
    }
    if (value !== undefined) return textOf(value);
    const error = errorSince();
    if (error !== undefined) throw error;
    return null;
  }
}

/** By `getRaw`, since `get` of Keyv 5 hides what the store throws. */
async function readValue(store: KeyvLike, key: string): Promise<unknown> {
  if (!store.getRaw) return store.get(key);
  const raw = await store.getRaw(key);
  return memberOf(raw, 'value') ?? raw;
}

/** Anything else than text is not a record. As text that does not parse it is reported, and can be replaced. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  try {
    return JSON.stringify(value) ?? describe(value);
  } catch {
    return describe(value);
  }
}

/** A text for the error that Keyv throws if it cannot parse the value (`SET maintenance-mode hello`); null for other errors. */
function unreadable(error: unknown): string | null {
  const isOfParsing = error instanceof Error && ['SyntaxError', 'TypeError'].includes(error.name);
  return isOfParsing ? `unreadable: ${error.message}` : null;
}

/** The used members of a Keyv, 5 or 6, so that the types of neither are needed. @publicApi */
export interface KeyvLike {
  /** The value of a key. */
  get(key: string): Promise<unknown>;
  /** Missing in the first releases of Keyv 5. */
  getRaw?(key: string): Promise<unknown>;
  /** Stores a value, for `ttl` milliseconds if there is one. */
  set(key: string, value: string, ttl?: number): Promise<unknown>;
  /** Adds a listener, as `EventEmitter` does. */
  on(event: string, listener: (error: unknown) => void): unknown;
  /** Removes a listener. */
  off(event: string, listener: (error: unknown) => void): unknown;
}

/** A cache of cache-manager 7 (`CACHE_MANAGER`), a `Keyv`, or a `Cacheable`. @publicApi */
export type CacheLike =
  | KeyvLike
  | { readonly stores: readonly KeyvLike[] }
  | { readonly primary: KeyvLike; readonly secondary?: KeyvLike | undefined };

const EXPECTED = 'expected a cache of cache-manager 7 (CACHE_MANAGER) or a Keyv';

/**
 * The store that all instances share: the last one of several tiers. The tiers before it are copies near the application,
 * which do not show a change of another process.
 *
 * @throws MaintenanceOptionsError if there is none.
 */
function sharedStore(cache: unknown): KeyvLike {
  const tiers = tiersOf(cache);
  const last = tiers.at(-1);
  if (last === undefined) {
    const lacks = isOldCache(cache) ? ' of cache-manager 5 or older, which has no stores' : '';
    throw new MaintenanceOptionsError('CacheStorage.cache', `${EXPECTED}, got ${describe(cache)}${lacks}`);
  }
  if (tiers.length > 1 && isInMemory(last)) {
    throw new MaintenanceOptionsError(
      'CacheStorage.cache',
      `the last one of its ${tiers.length} stores, which is used since it is to be the one that all instances share, ` +
        'is in the memory of this process. Put it first, or pass the Keyv of the shared store itself',
    );
  }
  return last;
}

function tiersOf(cache: unknown): readonly KeyvLike[] {
  const stores = memberOf(cache, 'stores');
  if (Array.isArray(stores)) return stores.flatMap(tiersOf);
  // A Cacheable has get and set as well, but they use its first tier.
  if (isKeyv(memberOf(cache, 'primary'))) {
    return [memberOf(cache, 'primary'), memberOf(cache, 'secondary')].filter(isKeyv);
  }
  return isKeyv(cache) ? [cache] : [];
}

/** Those of one store have `wrap` and `store`; what `multiCaching` makes has `wrap` only. */
function isOldCache(cache: unknown): boolean {
  return typeof memberOf(cache, 'wrap') === 'function' && memberOf(cache, 'stores') === undefined;
}

function isKeyv(value: unknown): value is KeyvLike {
  return ['get', 'set', 'on', 'off'].every((name) => typeof memberOf(value, name) === 'function');
}

/**
 * Whether a store is in the memory of this process: one that answers synchronously, like a Map and caches of the same shape, a
 * Keyv adapter around such a store, or an SQLite database in memory. A store that its adapter hides is not recognised.
 */
function isInMemory(keyv: KeyvLike): boolean {
  const store = memberOf(keyv, 'store');
  return (
    [store, memberOf(store, 'store'), memberOf(store, 'cache')].some(isMapLike) || isSqliteInMemory(store)
  );
}

/** By its methods: `has` and `get` of other stores return a promise. An `async` method is not called: it would connect. */
function isMapLike(store: unknown): boolean {
  const has = memberOf(store, 'has');
  if (typeof has !== 'function' || typeof memberOf(store, 'get') !== 'function') return false;
  if (has.constructor.name === 'AsyncFunction') return false;
  try {
    const answer: unknown = Reflect.apply(has, store, ['maintenance-mode']);
    if (answer instanceof Promise) answer.catch(() => undefined);
    return typeof answer === 'boolean';
  } catch {
    return false;
  }
}

function isSqliteInMemory(store: unknown): boolean {
  const opts = memberOf(store, 'opts');
  return [memberOf(opts, 'uri'), memberOf(opts, 'db')].some(
    (place) => typeof place === 'string' && place.endsWith(':memory:'),
  );
}

/**
 * Listens to the errors of a Keyv and of its store. By default both hide them from their caller: a read from a Redis that is
 * down resolves to `undefined`, a write to `true`, and only an `error` event reports the failure.
 */
class StoreErrors {
  #count = 0;
  #last: unknown;
  readonly #sources: readonly unknown[];
  #isListening = false;
  readonly #listener = (error: unknown): void => {
    this.#count += 1;
    this.#last = error;
  };

  constructor(keyv: KeyvLike) {
    // A Keyv with `emitErrors: false` hides the errors of its store, which emits them itself.
    this.#sources = [keyv, memberOf(keyv, 'store')];
    this.#listen();
  }

  /** Returns a function that returns an error since now, perhaps of another call, or undefined. */
  fromNow(): () => Error | undefined {
    this.#listen();
    const before = this.#count;
    return () => (this.#count === before ? undefined : toError(this.#last));
  }

  /** Stops listening until it is used again: several applications may use the same cache one after the other. */
  close(): void {
    if (this.#isListening && this.#sources.every((source) => source === undefined || canLeave(source))) {
      this.#isListening = false;
      this.#each('off');
    }
  }

  #listen(): void {
    if (this.#isListening) return;
    this.#isListening = true;
    this.#each('on');
  }

  #each(method: 'on' | 'off'): void {
    for (const source of this.#sources) {
      const call = memberOf(source, method);
      if (typeof call === 'function') Reflect.apply(call, source, ['error', this.#listener]);
    }
  }
}

/** A source without `off` would get the same listener twice. */
function canLeave(source: unknown): boolean {
  return typeof memberOf(source, 'on') !== 'function' || typeof memberOf(source, 'off') === 'function';
}

function toError(value: unknown): Error {
  return value instanceof Error ? value : new Error(String(value));
}
