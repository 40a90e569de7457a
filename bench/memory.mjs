/**
 * How many bytes a request allocates: the growth of the heap over many requests while the garbage collector has nothing to
 * do, since the heap's young generation is larger than all that they allocate. A measurement in which it did run is made
 * anew. What Node counts outside of the heap (buffers, hashes) is told apart.
 *
 * npm run bench:memory -- [express] [fastify] [--quick] [--starts 3] [--rounds 5]
 */
import { commandLine } from './support/command-line.mjs';
import { compare } from './support/comparison.mjs';
import { PLAIN_PATH } from './support/controllers.mjs';
import { printTable, range, writeResults } from './support/results.mjs';
import { differences, spread } from './support/statistics.mjs';

/** Megabytes; without garbage collections, code is still compiled as in production, in the warm-up. */
const YOUNG_GENERATION = 256;
const FLAGS = [
  '--expose-gc',
  // They collect the old generation at times of their own choice.
  '--no-memory-reducer',
  '--no-incremental-marking',
  `--min-semi-space-size=${YOUNG_GENERATION}`,
  `--max-semi-space-size=${YOUNG_GENERATION}`,
];
const AMOUNT = 1_600;
const WARM_UP = 24_000;
/** What is allocated outside of the heap can bring about a collection at any time. */
const MOST_ATTEMPTS = 5;

const { adapters, ...often } = commandLine({ starts: 3, rounds: 5 });

function groupsOf(adapter) {
  const common = {
    requests: [{ path: PLAIN_PATH, headers: { accept: 'text/html' } }],
    amount: AMOUNT,
    warmUp: WARM_UP,
  };
  const framework = (answer) => ({ bare: adapter, answer });
  return [
    {
      ...common,
      name: `${adapter}, passed`,
      baseline: 'no module',
      status: 200,
      variants: {
        'no module': { adapter },
        'no module, again': { adapter },
        'the module, off': { adapter, module: 'off' },
        'the module, on, the URL exempt': { adapter, module: 'on', rules: 'exempt' },
        'guard: says yes': { adapter, guard: 'open' },
        'guard: reads a file': { adapter, guard: 'file' },
        'guard: cache-manager, memory': { adapter, guard: 'memory' },
      },
    },
    {
      ...common,
      name: `${adapter}, blocked`,
      baseline: 'bare framework',
      status: 503,
      variants: {
        'the module': { adapter, module: 'on' },
        'bare framework': framework,
        'bare framework, again': framework,
        'node:http': (answer) => ({ bare: 'http', answer }),
        'the module, 10,000 address ranges': { adapter, module: 'on', rules: 'ranges' },
        'a guard throws, a filter renders': { adapter, guard: 'throwing', differs: true },
      },
    },
  ];
}

async function measure(group, server, fire) {
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt += 1) {
    await server.child.ask('collect');
    const before = await server.child.ask('memory');
    await fire(group, server, group.amount);
    const after = await server.child.ask('memory');
    const grown = (name) => (after[name] - before[name]) / group.amount;
    const isExact = !(await server.child.ask('wasCollected', { from: before.at, to: after.at }));
    if (isExact) return { heap: grown('heap'), outside: grown('external') };
  }
  throw new Error(`${server.name}: a garbage collection in each of ${MOST_ATTEMPTS} measurements.`);
}

const groups = adapters.flatMap(groupsOf);
const measured = await compare(groups, { ...often, measure, flags: FLAGS });

const column = (samples, name) => samples.map((sample) => sample[name]);

function rowsOf(samples, baseline) {
  return Object.entries(samples).map(([variant, own]) => ({
    variant,
    heap: spread(column(own, 'heap')),
    outside: spread(column(own, 'outside')),
    more: spread(differences(column(own, 'heap'), column(samples[baseline], 'heap'))),
    samples: own,
  }));
}

const columns = ({ variant, heap, outside, more }) => ({
  application: variant,
  'heap, bytes': Math.round(heap.median),
  'more than the baseline': Math.round(more.median),
  quartiles: range(more.quartiles, 0),
  'outside, bytes': Math.round(outside.median),
});

const results = groups.map(({ name, baseline }, index) => ({
  name,
  baseline,
  rows: rowsOf(measured[index], baseline),
}));
for (const { name, baseline, rows } of results)
  printTable(`${name}; the baseline is "${baseline}"`, rows.map(columns));
await writeResults('memory', { ...often, amount: AMOUNT, results });
