import { RedisStorage } from '../../../dist-modules/redis.js';
import { toggleBesideOthers } from './toggle-beside-others.mjs';

const [, , url, name, toggles] = process.argv;
const storage = new RedisStorage({ url });
await toggleBesideOthers({ storage, sync: { timeoutMs: 60_000 } }, name, toggles);
process.disconnect();
