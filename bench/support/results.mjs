import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { canPin } from './child-process.mjs';

const load = () => Math.round(loadavg()[0] * 10) / 10;
const loadBefore = load();

/** What the numbers depend on, and what else the machine was doing: the load of the last minute, before and after. */
function machine() {
  return {
    date: new Date().toISOString(),
    node: process.version,
    processors: cpus().map(({ model }) => model),
    pinned: canPin,
    load: [loadBefore, load()],
  };
}

/** Writes what was measured to `bench/results/`, which is not in the repository. */
export async function writeResults(name, measured) {
  const about = machine();
  const directory = new URL('../results/', import.meta.url);
  await mkdir(directory, { recursive: true });
  const json = `${JSON.stringify({ ...about, ...measured }, null, 1)}\n`;
  await writeFile(new URL(`${name}.json`, directory), json);
  const pinning = about.pinned ? '' : ', not pinned: there is no taskset, or only one core';
  console.log(`\nNode ${about.node}, load ${about.load.join(' before, ')} after${pinning}.`);
}

const isFigure = (column) => column > 0;

/** In Markdown, for `README.md`. Rows have the same columns: a name, and figures, which stand on the right. */
export function printTable(title, rows) {
  const names = Object.keys(rows[0]);
  const cells = rows.map((row) => names.map((name) => String(row[name])));
  const widths = names.map((name, column) =>
    Math.max(name.length, ...cells.map((line) => line[column].length)),
  );
  const line = (texts) =>
    texts
      .map((text, column) => (isFigure(column) ? text.padStart(widths[column]) : text.padEnd(widths[column])))
      .join(' | ');
  const rule = widths.map((width, column) =>
    isFigure(column) ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width),
  );
  console.log(`\n${title}\n`);
  for (const texts of [names, rule, ...cells]) console.log(`| ${line(texts)} |`);
}

/** `0.998 to 1.004` */
export const range = ([low, high], digits) => `${low.toFixed(digits)} to ${high.toFixed(digits)}`;

/** The exit status tells which goals were missed: rows with a `goal`, and what was measured for it as `value`. */
export function judge(rows) {
  for (const { name, goal, value } of rows) {
    const verdict = value <= goal ? 'reached' : 'MISSED';
    console.log(`${verdict}: ${name}: ${value.toFixed(3)}, at most ${goal}`);
    if (value > goal) process.exitCode = 1;
  }
}
