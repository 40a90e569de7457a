import { file } from './file.js';
import { keyv, redis } from './redis.js';
import { redisCluster } from './redis-cluster.js';
import { redisSentinel } from './redis-sentinel.js';
import { s3 } from './s3.js';
import type { System } from './system.js';

/** By the name on the command line: what starts it. */
export const SYSTEMS: Readonly<Record<string, () => Promise<System>>> = {
  redis,
  'redis-sentinel': redisSentinel,
  'redis-cluster': redisCluster,
  s3,
  file,
  keyv,
};
