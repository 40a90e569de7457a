import { MaintenanceOptionsError } from '../errors/maintenance-options.error.js';
import { describe } from '../validation/check.js';
import { memberOf } from '../validation/member.js';

/** What is used of a Keyv, 5 or 6. Described by its shape, so that neither's types are needed. @publicApi */
export interface KeyvLike {
  get(key: string): Promise<unknown>;
  /** Missing in the first releases of Keyv 5. */
  getRaw?(key: string): Promise<unknown>;
  set(key: string, value: string, ttl?: number): Promise<unknown>;
  on(event: string, listener: (error: unknown) => void): unknown;
  off(event: string, listener: (error: unknown) => void): unknown;
}

/** A cache of cache-manager 7 (`CACHE_MANAGER`), a `Keyv`, or a `Cacheable`. @publicApi */
export type CacheLike =
  | KeyvLike
  | { readonly stores: readonly KeyvLike[] }
  | { readonly primary: KeyvLike; readonly secondary?: KeyvLike | undefined };

const EXPECTED = 'expected a cache of cache-manager 7 (CACHE_MANAGER) or a Keyv';

/**
 * The store that all instances share: of several tiers the last one. Those before it are copies near the application,
 * in which a change of another process does not show.
 *
 * @throws MaintenanceOptionsError where there is none.
 */
export function sharedStore(cache: unknown): KeyvLike {
  const tiers = tiersOf(cache);
  const last = tiers.at(-1);
  if (last === undefined)
    throw new MaintenanceOptionsError('CacheStorage.cache', `${EXPECTED}, got ${describe(cache)}`);
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
  // A Cacheable has get and set as well, which answer from its first tier.
  if (isKeyv(memberOf(cache, 'primary'))) {
    return [memberOf(cache, 'primary'), memberOf(cache, 'secondary')].filter(isKeyv);
  }
  return isKeyv(cache) ? [cache] : [];
}

function isKeyv(value: unknown): value is KeyvLike {
  return ['get', 'set', 'on', 'off'].every((name) => typeof memberOf(value, name) === 'function');
}

function isInMemory(keyv: KeyvLike): boolean {
  return memberOf(keyv, 'store') instanceof Map;
}
