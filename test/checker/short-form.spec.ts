import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { describeWithRedis } from '../support/redis-server.js';
import { describeWithS3 } from '../support/s3-tests.js';
import { ofKind } from './history.js';
import { type Result, runChecker } from './run-checker.js';
import { slice } from './slice.js';
import type { System } from './systems/system.js';
import { SYSTEMS } from './systems/systems.js';

jest.setTimeout(300_000);

const SEED = 1;

/** The faults of the short form, one after the other for each storage. `npm run test:checker` takes all of them, at random. */
const SHORT: Readonly<Record<string, readonly string[]>> = {
  redis: [
    'Redis is killed and comes back with an old snapshot',
    'Redis forgets everything (FLUSHALL) while the network of one process stands still',
    'the connections of one process are half-open',
  ],
  'redis-sentinel': ['a failover loses what the replica had not got yet'],
  'redis-cluster': ['a failover loses what the replica had not got yet'],
  s3: ['one process gets no answers', 'the gateway is killed and started again'],
  file: ['one process is killed and started again', 'a person deletes the file'],
  keyv: ['Redis stands still', 'all connections are cut, several times'],
};

const STORAGES = [
  ['redis', describeWithRedis],
  ['redis-sentinel', describeWithRedis],
  ['redis-cluster', describeWithRedis],
  ['s3', describeWithS3],
  ['file', describe],
  ['keyv', describeWithRedis],
] as const;

interface Run extends Result {
  readonly faults: number;
}

const systems: System[] = [];
let runs: ReadonlyMap<string, Promise<Run>> | undefined;

afterAll(async () => {
  await Promise.allSettled(runs === undefined ? [] : [...runs.values()]);
  await Promise.all(systems.map((system) => system.stop()));
});

describe.each(STORAGES)('Processes that share a storage: %s', (name, describeHere) => {
  describeHere('under faults', () => {
    it('lose nothing, never go back, and agree again', async () => {
      // All storages side by side: they mostly wait.
      runs ??= startAll();
      const { history, violations, faults } = await (runs.get(name) ?? run(name));
      expect(violations.map((violation) => [violation, slice(history, violation)])).toEqual([]);
      // A run in which nothing was changed has shown nothing. How much is changed depends on the machine.
      const reads = new Set(
        ofKind(history, 'invoked').flatMap(({ call, operation }) => (operation === 'refresh' ? [call] : [])),
      );
      const changes = ofKind(history, 'ended').filter(
        ({ call, outcome }) => outcome === 'ok' && !reads.has(call),
      );
      expect(changes.length).toBeGreaterThan(3 * faults);
      expect(ofKind(history, 'settled')).toHaveLength(1 + faults);
    });
  });
});

it('A run whose fault fails gives its history, and what it has found, up to then', async () => {
  const system = await startSystem('file');
  const fault = {
    name: 'a fault that fails',
    begin: () => Promise.reject(new Error('the server does not come back')),
  };
  const { history, violations } = await runChecker(system, { seed: SEED, next: () => ({ fault, ms: 0 }) });
  expect(ofKind(history, 'booted')).toHaveLength(3);
  expect(violations).toMatchObject([
    { invariant: 'the run comes to its end', words: 'it was given up: the server does not come back' },
  ]);
});

function startAll(): ReadonlyMap<string, Promise<Run>> {
  const found = STORAGES.filter(([, describeHere]) => describeHere !== describe.skip);
  return new Map(
    found.map(([name]) => {
      const started = run(name);
      // Each test tells of its own.
      started.catch(() => undefined);
      return [name, started];
    }),
  );
}

async function startSystem(name: string): Promise<System> {
  if (!existsSync(fileURLToPath(new URL('../../dist-checker', import.meta.url))))
    throw new Error('dist-checker is missing: run "npx tsc -p test/checker/tsconfig.json" first.');
  const system = await SYSTEMS[name]?.();
  if (system === undefined) throw new Error(`There is no storage ${name}.`);
  systems.push(system);
  return system;
}

async function run(name: string): Promise<Run> {
  const system = await startSystem(name);
  const faults = (SHORT[name] ?? []).map((wanted) => {
    const fault = system.faults.find((candidate) => candidate.name === wanted);
    if (fault === undefined) throw new Error(`There is no fault "${wanted}".`);
    return fault;
  });
  const result = await runChecker(system, {
    seed: SEED,
    next: (round) => {
      const fault = faults[round];
      return fault === undefined ? null : { fault, ms: 1_000 };
    },
  });
  return { ...result, faults: faults.length };
}
