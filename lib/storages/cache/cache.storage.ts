import { Logger } from '@nestjs/common';
import type { MaintenanceStorage, StoredRecord } from '../../interfaces/maintenance-storage.js';
import { checkOption } from '../../validation/check-option.js';
import { describe, object, string } from '../../validation/check.js';
import { memberOf } from '../../validation/member.js';
import { type CacheLike, isInMemory, type KeyvLike, sharedStore, StoreErrors } from './shared-store.js';

/** Milliseconds; none, also where the cache has a default. */
const NO_EXPIRY = 0;

/** @publicApi */
export interface CacheStorageOptions {
  /** Within the namespace of the cache, where it has one. Default: `maintenance-mode`. */
  readonly key?: string;
}

const options = object({ key: string({ min: 1 }) });

/**
 * Keeps the state in a cache that the application has: of cache-manager (`CACHE_MANAGER`), or a Keyv.
 *
 * Of several tiers only the last one is used, which is the one that instances share. A cache that is in the memory of a
 * process holds for that process, and a warning says so. The record never expires; one that is gone all the same (evicted, flushed) is
 * written back while maintenance holds. Caches know no compare-and-set: of two processes that write at the same moment,
 * the last one wins. The cache is never closed.
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

  /** @throws MaintenanceOptionsError for what is no cache, or a wrong key. */
  constructor(cache: CacheLike, given: CacheStorageOptions = {}) {
    const { key = 'maintenance-mode' } = checkOption(options, given, 'CacheStorage');
    this.location = key;
    this.#store = sharedStore(cache);
    this.#errors = new StoreErrors(this.#store);
    this.#warnsOfMemory = isInMemory(this.#store);
  }

  async read(): Promise<StoredRecord | null> {
    // With the first read, the one at boot: by then the application's own logger is there.
    if (this.#warnsOfMemory) {
      this.#warnsOfMemory = false;
      new Logger('MaintenanceMode').warn(
        'The cache with the maintenance state is in the memory of this process: the state holds for this process alone, ' +
          'and is lost when it ends. Several instances need a cache that they share, such as one over Redis.',
      );
    }
    const text = await this.#read();
    return text === null ? null : { text, version: null };
  }

  /** Also reads what it has written: a cache may say that it has taken what it has not. */
  async write(text: string): Promise<StoredRecord> {
    const errorSince = this.#errors.fromNow();
    const taken = await this.#store.set(this.location, text, NO_EXPIRY);
    if (taken === false) throw errorSince() ?? new Error('the cache has not taken what was written');
    const kept = await this.#read();
    // Another text is that of somebody who has written since then, unless this write has failed.
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

/** Through `getRaw`, since `get` of Keyv 5 keeps what the store throws to itself. */
async function readValue(store: KeyvLike, key: string): Promise<unknown> {
  if (!store.getRaw) return store.get(key);
  const raw = await store.getRaw(key);
  return memberOf(raw, 'value') ?? raw;
}

/** Something else than text is no record: as text that is not understood it is reported, and can be replaced. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  try {
    return JSON.stringify(value) ?? describe(value);
  } catch {
    return describe(value);
  }
}

/** What Keyv throws where the stored text is not what it writes (`SET maintenance-mode hello`); null for other errors. */
function unreadable(error: unknown): string | null {
  const isOfParsing = error instanceof Error && ['SyntaxError', 'TypeError'].includes(error.name);
  return isOfParsing ? `unreadable: ${error.message}` : null;
}
