import { MaintenanceOptionsError } from '../../errors.js';
import { describe } from '../../validation/check.js';
import { memberOf } from '../../validation/values.js';

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
export function sharedStore(cache: unknown): KeyvLike {
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
export function isInMemory(keyv: KeyvLike): boolean {
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
  const options = memberOf(store, 'opts');
  return [memberOf(options, 'uri'), memberOf(options, 'db')].some(
    (place) => typeof place === 'string' && place.endsWith(':memory:'),
  );
}

/**
 * Listens to the errors of a Keyv and of its store. By default both hide them from their caller: a read from a Redis that is
 * down resolves to `undefined`, a write to `true`, and only an `error` event reports the failure.
 */
export class StoreErrors {
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
