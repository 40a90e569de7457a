/** The long form: `npm run test:checker -- --storage redis --minutes 10 --seed 1`. */
import { parseArgs } from 'node:util';
import { writeFile } from 'node:fs/promises';
import { figuresOf } from './figures.js';
import { runChecker } from './run-checker.js';
import { slice } from './slice.js';
import { SYSTEMS } from './systems/systems.js';

const { values } = parseArgs({
  options: {
    storage: { type: 'string', default: Object.keys(SYSTEMS).join(',') },
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: `${Date.now() % 100_000}` },
    only: { type: 'string', default: '' },
    keep: { type: 'string' },
  },
});
const SHOWN = 20;

let isWhole = true;
for (const name of values.storage.split(',')) {
  const start = SYSTEMS[name];
  if (start === undefined)
    throw new Error(`--storage takes ${Object.keys(SYSTEMS).join(', ')}, got ${name}.`);
  const seed = Number(values.seed);
  say(`${name}, seed ${seed}, ${values.minutes} minutes`);
  const system = await start();
  try {
    const faults = system.faults.filter((fault) => fault.name.includes(values.only));
    const endsAt = performance.now() + Number(values.minutes) * 60_000;
    const { history, violations } = await runChecker(system, {
      seed,
      say,
      next: (_, random) => {
        const fault = faults[random(faults.length)];
        if (fault === undefined || performance.now() > endsAt) return null;
        // Mostly short, some long enough for every time limit.
        return { fault, ms: random(4) === 0 ? 4_000 + random(8_000) : 200 + random(2_500) };
      },
    });
    say(`${name}, seed ${seed}: ${figuresOf(history, violations)}`);
    const told = new Set<string>();
    for (const violation of violations.slice(0, SHOWN)) {
      say(`VIOLATION ${violation.invariant}: ${violation.words}`);
      if (told.has(violation.invariant)) continue;
      told.add(violation.invariant);
      for (const line of slice(history, violation)) say(`    ${line}`);
    }
    if (values.keep !== undefined)
      await writeFile(values.keep, history.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
    isWhole &&= violations.length === 0;
  } finally {
    await system.stop();
  }
}
process.exit(isWhole ? 0 : 1);

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
