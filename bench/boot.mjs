/**
 * What the module adds to the start of an application, and to its `node_modules`. Each start is a process of its own, in turns
 * with and without the module. npm needs its registry, or its cache, for the second; without them it is skipped.
 *
 * npm run bench:boot -- [express] [fastify] [--quick] [--starts 40]
 */
import { commandLine } from './support/command-line.mjs';
import { MEASURED_CORE, startChild } from './support/child-process.mjs';
import { installedPackages } from './support/installed.mjs';
import { printTable, range, writeResults } from './support/results.mjs';
import { differences, median, ratios, spread } from './support/statistics.mjs';

const BASELINE = 'no module';
/** The first reads files that are not in the system's cache. */
const WARM_UP = 1;

const { adapters, starts } = commandLine({ starts: 40, rounds: 1 });

function variantsOf(adapter) {
  return {
    [BASELINE]: { adapter },
    [`${BASELINE}, again`]: { adapter },
    'the module': { adapter, module: 'off' },
    [`${BASELINE}, 50 routes`]: { adapter, hasRoutes: true },
    'the module, 50 decorated routes': { adapter, hasRoutes: true, module: 'off' },
  };
}

async function startOnce(spec) {
  const child = await startChild('boot-once.mjs', spec, { core: MEASURED_CORE });
  await child.ended;
  return child.ready;
}

async function measure(adapter) {
  const variants = Object.entries(variantsOf(adapter));
  const samples = Object.fromEntries(variants.map(([name]) => [name, []]));
  for (let start = -WARM_UP; start < starts; start += 1) {
    for (const [name, spec] of start % 2 === 0 ? variants : variants.toReversed()) {
      const sample = await startOnce(spec);
      if (start >= 0) samples[name].push(sample);
    }
  }
  return samples;
}

const cpu = (samples, part) => samples.map((sample) => sample[part].cpu);

function rowsOf(samples) {
  return Object.entries(samples).map(([variant, own]) => {
    const baseline = samples[variant.includes('50') ? `${BASELINE}, 50 routes` : BASELINE];
    return {
      variant,
      import: median(cpu(own, 'import')),
      init: median(cpu(own, 'init')),
      wall: median(own.map(({ all }) => all.wall)),
      more: spread(differences(cpu(own, 'all'), cpu(baseline, 'all'))),
      ratio: spread(ratios(cpu(own, 'all'), cpu(baseline, 'all'))),
      samples: own,
    };
  });
}

const results = [];
for (const adapter of adapters) {
  process.stderr.write(`${adapter}: ${starts} starts of each\n`);
  results.push({ name: adapter, rows: rowsOf(await measure(adapter)) });
}

const columns = ({ variant, more, ratio, ...medians }) => ({
  application: variant,
  'import, ms': medians.import.toFixed(1),
  'create and init, ms': medians.init.toFixed(1),
  'more, ms': `${more.median.toFixed(1)} (${range(more.quartiles, 1)})`,
  ratio: ratio.median.toFixed(3),
  'by the clock, ms': medians.wall.toFixed(1),
});

for (const { name, rows } of results) printTable(`${name}, CPU time`, rows.map(columns));

const packages = await installedPackages().catch((error) => {
  console.log(`\nnode_modules: skipped. ${error.message}`);
  return [];
});
const packageColumns = ({ name, version, bytes }) => ({
  package: name,
  version,
  KB: Math.round(bytes / 1_024),
});

if (packages.length > 0) {
  const bytes = packages.reduce((sum, one) => sum + one.bytes, 0);
  const all = { name: `all ${packages.length}`, version: '', bytes };
  printTable('node_modules', [...packages, all].map(packageColumns));
}
await writeResults('boot', { starts, results, packages });
