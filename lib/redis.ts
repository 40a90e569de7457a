export { RedisStorage, type RedisStorageOptions } from './storages/redis/redis.storage.js';
export type { RedisClientLike } from './storages/redis/redis-client.js';
