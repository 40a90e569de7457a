/**
 * The CPU time that `import 'nestjs-maintenance-mode'` adds to a process that has loaded Nest: an application does that
 * anyway. Each import is a process of its own, in turns with one that loads Nest alone.
 *
 * npm run build && node bench/import.mjs [starts]
 */
import { execFileSync } from 'node:child_process';
import { median } from './support/statistics.mjs';

const NEST =
  "await import('reflect-metadata'); await import('@nestjs/common'); await import('@nestjs/core');";
const MEASURE = `${NEST}
  const before = process.cpuUsage();
  MODULE;
  const { user, system } = process.cpuUsage(before);
  console.log((user + system) / 1000);`;
const starts = Number(process.argv[2] ?? 20);

const variants = { empty: 'undefined', package: "await import('nestjs-maintenance-mode')" };
const samples = { empty: [], package: [] };
for (let start = -1; start < starts; start += 1) {
  for (const [name, module] of Object.entries(variants)) {
    const code = MEASURE.replace('MODULE', module);
    const output = execFileSync(process.execPath, ['--input-type=module', '--eval', code], {
      encoding: 'utf8',
    });
    // The first reads files that are not in the system's cache.
    if (start >= 0) samples[name].push(Number(output));
  }
}
for (const [name, own] of Object.entries(samples)) {
  console.log(
    `${name}: ${median(own).toFixed(1)} ms of CPU (${Math.min(...own).toFixed(1)} at least), ${own.length} imports`,
  );
}
