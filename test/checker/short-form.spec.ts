import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { describeWithRedis } from '../support/redis-server.js';
import { describeWithS3 } from '../support/s3-tests.js';
import { ofKind } from './history.js';
import { runChecker } from './run-checker.js';
import type { System } from './systems/system.js';
import { SYSTEMS } from './systems/systems.js';

jest.setTimeout(300_000);

const SEED = 1;

/** The faults of the short form, one after the other. `npm run test:checker` takes all of them, at random. */
const SHORT: Readonly<Record<string, readonly string[]>> = {
  redis: [
    'Redis is killed and comes back with an old snapshot',
    'Redis forgets everything (FLUSHALL) while the network of one process stands still',
  ],
  'redis-sentinel': ['a failover loses what the replica had not got yet'],
  'redis-cluster': ['a failover loses what the replica had not got yet'],
  s3: ['one process gets no answers', 'the gateway is killed and started again'],
  file: ['one process is killed and started again', 'a person deletes the file'],
  keyv: ['Redis stands still', 'all connections are cut, several times'],
};

let system: System | undefined;

afterEach(async () => {
  await system?.stop();
  system = undefined;
});

describe.each([
  ['redis', describeWithRedis],
  ['redis-sentinel', describeWithRedis],
  ['redis-cluster', describeWithRedis],
  ['s3', describeWithS3],
  ['file', describe],
  ['keyv', describeWithRedis],
] as const)('Processes that share a storage: %s', (name, describeHere) => {
  describeHere('under faults', () => {
    it('lose nothing, never go back, and agree again', async () => {
      if (!existsSync(fileURLToPath(new URL('../../dist-checker', import.meta.url))))
        throw new Error('dist-checker is missing: run "npx tsc -p test/checker/tsconfig.json" first.');
      const started = await SYSTEMS[name]?.();
      if (started === undefined) throw new Error(`There is no storage ${name}.`);
      system = started;
      const faults = (SHORT[name] ?? []).map((wanted) => {
        const fault = started.faults.find((candidate) => candidate.name === wanted);
        if (fault === undefined) throw new Error(`There is no fault "${wanted}".`);
        return fault;
      });
      const { history, violations } = await runChecker(started, {
        seed: SEED,
        next: (round) => {
          const fault = faults[round];
          return fault === undefined ? null : { fault, ms: 1_000 };
        },
      });
      expect(violations).toEqual([]);
      // A run in which nothing was changed has shown nothing.
      expect(ofKind(history, 'ended').filter(({ outcome }) => outcome === 'ok').length).toBeGreaterThan(20);
      expect(ofKind(history, 'settled')).toHaveLength(faults.length);
    });
  });
});
