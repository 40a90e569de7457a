export {
  type CacheLike,
  CacheStorage,
  type CacheStorageOptions,
  type KeyvLike,
} from './storages/cache/cache.storage.js';
