export { CacheStorage, type CacheStorageOptions } from './storages/cache.storage.js';
export type { CacheLike, KeyvLike } from './storages/cache-store.js';
