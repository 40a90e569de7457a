/**
 * What the answer to a blocked request costs, next to servers that give the same answer and do nothing else, and to a guard
 * that throws.
 *
 * npm run bench:on -- [express] [fastify] [--quick] [--starts 4] [--rounds 10]
 */
import { commandLine } from './support/command-line.mjs';
import { compare } from './support/comparison.mjs';
import { PLAIN_PATH } from './support/controllers.mjs';
import { judge, printTable, range, writeResults } from './support/results.mjs';
import { comparedWith, medians, moreCpu, speedColumns } from './support/speed.mjs';

const OURS = 'the module';
const FRAMEWORK = 'bare framework';
const HTTP = 'node:http';
const PREFIXES = 'the module, 1,000 URL prefixes';
const RANGES = 'the module, 10,000 address ranges';

/** In front of Express a blocked request never reaches it; on Fastify the gate is its first hook. */
const FRAMEWORK_GOALS = { express: 0.35, fastify: 1.25 };
/** Microseconds more than without rules. */
const RULES_GOAL = 2;
/** A measurement takes about a third of a second. */
const AMOUNTS = { express: 2_400, fastify: 8_000 };
const FORMATS = { HTML: 'text/html', JSON: 'application/json' };

const { adapters, ...often } = commandLine({ starts: 4, rounds: 10 });

function groupOf(adapter, format) {
  const application = { adapter, module: 'on' };
  const framework = (answer) => ({ bare: adapter, answer });
  return {
    name: `${adapter}, ${format}`,
    requests: [{ path: PLAIN_PATH, headers: { accept: FORMATS[format] } }],
    status: 503,
    amount: AMOUNTS[adapter],
    warmUp: AMOUNTS[adapter] * 3,
    variants: {
      [OURS]: application,
      [FRAMEWORK]: framework,
      [`${FRAMEWORK}, again`]: framework,
      [HTTP]: (answer) => ({ bare: 'http', answer }),
      'the module, 50 decorated routes': { ...application, hasRoutes: true },
      [PREFIXES]: { ...application, rules: 'prefixes' },
      [RANGES]: { ...application, rules: 'ranges' },
      'a guard throws, a filter renders': { adapter, guard: 'throwing', differs: true },
    },
  };
}

const groups = adapters.flatMap((adapter) => Object.keys(FORMATS).map((format) => groupOf(adapter, format)));
const measured = await compare(groups, often);

function rowsOf(samples) {
  return Object.entries(samples).map(([variant, own]) => ({
    variant,
    medians: medians(own),
    toFramework: comparedWith(own, samples[FRAMEWORK]),
    toHttp: comparedWith(own, samples[HTTP]),
    more: moreCpu(own, samples[OURS]),
    samples: own,
  }));
}

const columns = ({ variant, medians: absolute, toFramework, toHttp, more }) => ({
  application: variant,
  ...speedColumns(absolute, toFramework),
  'to node:http': toHttp.cpu.median.toFixed(3),
  'more than the module, us': `${more.median.toFixed(1)} (${range(more.quartiles, 1)})`,
});

const results = groups.map(({ name }, index) => ({ name, rows: rowsOf(measured[index]) }));
for (const { name, rows } of results) printTable(name, rows.map(columns));
await writeResults('on', { ...often, results });
judge(
  results.flatMap(({ name, rows }) => {
    const of = (wanted) => rows.find(({ variant }) => variant === wanted);
    return [
      {
        name: `${name}, to the framework`,
        goal: FRAMEWORK_GOALS[name.split(',')[0]],
        value: of(OURS).toFramework.cpu.median,
      },
      { name: `${name}, prefixes, us`, goal: RULES_GOAL, value: of(PREFIXES).more.median },
      { name: `${name}, ranges, us`, goal: RULES_GOAL, value: of(RANGES).more.median },
    ];
  }),
);
