import { RedisStorage } from '../../../dist-modules/redis.js';
import { operateBesideOthers } from './operate-beside-others.mjs';

const [, , url, name, rounds] = process.argv;
await operateBesideOthers({ storage: new RedisStorage({ url }), sync: { timeoutMs: 60_000 } }, name, rounds);
process.disconnect();
