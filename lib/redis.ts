export { RedisStorage, type RedisStorageOptions } from './storages/redis.storage.js';
export type { RedisClientLike } from './storages/redis-client.js';
