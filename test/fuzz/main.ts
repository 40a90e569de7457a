import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { compare } from './compare.js';
import { CONFIGURATIONS, nameOf } from './configurations.js';

const SHOWN = 10;

/** Runs all configurations in the application that this was compiled in, and says in JSON what the totals are. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      label: { type: 'string', default: '' },
      seed: { type: 'string', default: '1' },
      requests: { type: 'string', default: '2000' },
      only: { type: 'string', default: '' },
    },
  });
  const totals = { requests: 0, open: 0, slipped: 0, lost: 0 };
  for (const [index, configuration] of CONFIGURATIONS.entries()) {
    const name = `${values.label}, ${nameOf(configuration)}`;
    if (!name.includes(values.only)) continue;
    const seed = Number(values.seed) + index;
    const started = performance.now();
    const comparison = await compare(configuration, {
      seed,
      count: Number(values.requests),
      withServeStatic: true,
    });
    const { requests, open, closed, refused, slipped, lost } = comparison;
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    say(
      `${name}: seed ${seed}, ${requests} requests, ${open} open, ${closed} closed, ${refused} refused, ` +
        `${slipped.length} slipped, ${lost.length} lost, ${seconds} s`,
    );
    for (const words of slipped.slice(0, SHOWN)) say(`  slipped: ${words}`);
    for (const words of lost.slice(0, SHOWN)) say(`  lost: ${words}`);
    totals.requests += requests;
    totals.open += open;
    totals.slipped += slipped.length;
    totals.lost += lost.length;
  }
  say(`totals ${JSON.stringify(totals)}`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

void main();
