import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const TSC = ['node', 'node_modules/typescript-7/bin/tsc'];

/** In this order: the latter two import the package as it is built. */
const BUILDS = [
  {
    made: 'dist/index.js',
    of: ['lib', 'rollup.config.mjs', 'package.json', 'tsconfig.json', 'tsconfig.build.json'],
    by: ['npm', 'run', 'build'],
  },
  {
    made: 'dist-sample/01-quick-start/main.js',
    of: ['dist', 'sample'],
    by: [...TSC, '-p', 'sample/tsconfig.json'],
  },
  {
    made: 'dist-checker/checker/main.js',
    of: ['dist', 'test/checker', 'test/support'],
    by: [...TSC, '-p', 'test/checker/tsconfig.json'],
  },
];

/** Jest's globalSetup: builds what tests start as processes of their own, where it is older than its sources. */
export default function build() {
  // What spec files share is this run's, whichever of its processes starts it.
  process.env.TEST_RUN = `${process.pid}-${Date.now()}`;
  if (process.env.TEST_BUILDS === 'no') return;
  for (const { made, of, by } of BUILDS) {
    if (Math.max(...of.map(changedAt)) < changedAt(made)) continue;
    const [command, ...args] = by;
    // Jest's own output may be JSON.
    execFileSync(command, args, { stdio: ['ignore', process.stderr, process.stderr] });
  }
}

function changedAt(path) {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) return -Infinity;
  if (!stats.isDirectory()) return stats.mtimeMs;
  return Math.max(stats.mtimeMs, ...readdirSync(path).map((name) => changedAt(join(path, name))));
}
