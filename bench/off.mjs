/**
 * What the module costs while nothing is in maintenance, next to no module and to guards that look for themselves.
 *
 * npm run bench:off -- [express] [fastify] [--quick] [--starts 4] [--rounds 40]
 */
import { OTHER_CORE, pinned } from './support/child-process.mjs';
import { commandLine } from './support/command-line.mjs';
import { compare } from './support/comparison.mjs';
import { MORE_PATHS, PLAIN_PATH } from './support/controllers.mjs';
import { startRedis } from './support/redis.mjs';
import { judge, printTable, range, writeResults } from './support/results.mjs';
import { comparedWith, medians, speedColumns } from './support/speed.mjs';

const BASELINE = 'no module';
const OURS = 'the module, off';
/** What Nest takes for having any guard. */
const ANY_GUARD = 'guard: says yes';

/** Of the CPU time with any guard. */
const GOAL = 1.02;
/** A measurement is short, so that the next one is made under the same conditions. */
const AMOUNT = 2_000;

const { adapters, ...often } = commandLine({ starts: 4, rounds: 40 });
const redis = await startRedis((command, args) => pinned(OTHER_CORE, command, args));

function groupOf(adapter, hasRoutes) {
  const application = { adapter, hasRoutes };
  return {
    name: `${adapter}, ${hasRoutes ? MORE_PATHS.length : 0} decorated routes`,
    adapter,
    requests: [PLAIN_PATH, ...(hasRoutes ? MORE_PATHS : [])].map((path) => ({ path })),
    status: 200,
    amount: AMOUNT,
    warmUp: 12 * AMOUNT,
    variants: {
      [BASELINE]: application,
      'no module, again': application,
      [OURS]: { ...application, module: 'off' },
      [ANY_GUARD]: { ...application, guard: 'open' },
      'guard: reads a file': { ...application, guard: 'file' },
      'guard: cache-manager, memory': { ...application, guard: 'memory' },
      'guard: cache-manager, Redis': { ...application, guard: 'redis', redis: redis.url },
    },
  };
}

const groups = adapters.flatMap((adapter) => [groupOf(adapter, false), groupOf(adapter, true)]);
const measured = await compare(groups, often);
await redis.stop();

function rowsOf(samples) {
  return Object.entries(samples).map(([variant, own]) => {
    const ratio = comparedWith(own, samples[BASELINE]);
    const toGuard = comparedWith(own, samples[ANY_GUARD]).cpu;
    return { variant, medians: medians(own), ratio, toGuard, samples: own };
  });
}

const columns = ({ variant, medians: absolute, ratio, toGuard }) => ({
  application: variant,
  ...speedColumns(absolute, ratio),
  'to a guard': `${toGuard.median.toFixed(3)} (${range(toGuard.quartiles, 3)})`,
});

const results = groups.map(({ name }, index) => ({ name, rows: rowsOf(measured[index]) }));
for (const { name, rows } of results) printTable(name, rows.map(columns));
await writeResults('off', { ...often, results });
judge(
  results.map(({ name, rows }) => {
    const { toGuard } = rows.find(({ variant }) => variant === OURS);
    return { name: `${name}, to a guard`, goal: GOAL, value: toGuard.median };
  }),
);
