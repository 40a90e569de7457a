import { Logger } from '@nestjs/common';
import type { MaintenanceStorage, StoredRecord } from '../../interfaces/maintenance-storage.js';
import { checkOption, describe, object, string } from '../../validation/check.js';
import { memberOf } from '../../validation/values.js';
import { type CacheLike, isInMemory, type KeyvLike, sharedStore, StoreErrors } from './shared-store.js';

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
