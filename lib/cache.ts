export { CacheStorage, type CacheStorageOptions } from './storages/cache/cache.storage.js';
export type { CacheLike, KeyvLike } from './storages/cache/shared-store.js';
