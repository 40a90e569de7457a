/**
 * Adds the packed package to applications as their tools make them, and changes nothing else in them.
 *
 *     node test/field/run.mjs [--only 'nest 11'] [--tarball FILE] [--keep]
 *
 * `--only` runs one part; `--tarball` takes another package than this repository's; `--keep` leaves the directories there and says where. No Jest test, because it installs from the
 * npm registry.
 */
import { mkdtemp } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runChecks } from '../package/support/report.mjs';
import { pack } from '../package/support/tarball.mjs';
import { checkApplication } from './support/application.mjs';
import { checkBundles } from './support/bundles.mjs';
import { checkLambda } from './support/lambda.mjs';
import { checkNativeEsm } from './support/native-esm.mjs';
import { checkPnpm } from './support/pnpm.mjs';
import { checkTypes } from './support/types.mjs';
import { checkYarn } from './support/yarn.mjs';

/** Each is also tried with another version of Node than the one that runs this. */
const MAJORS = {
  'nest 11': {
    cli: '11.0.24',
    peers: ['@nestjs/websockets@11', '@nestjs/microservices@11'],
    bundler: { flags: ['--webpack'], packages: [] },
    node: '22',
  },
  'nest 12': {
    cli: '12.0.8',
    peers: ['@nestjs/websockets@12', '@nestjs/microservices@12'],
    // Its webpack builder takes no ES modules.
    bundler: {
      flags: ['--builder', 'rspack'],
      packages: ['@rspack/core', 'webpack-node-externals', 'tsconfig-paths-webpack-plugin'],
    },
    node: '24',
  },
};

const parts = {
  ...Object.fromEntries(
    Object.entries(MAJORS).map(([name, major]) => [
      name,
      (check, context) => checkApplication(check, { ...context, ...major }),
    ]),
  ),
  'native ESM': checkNativeEsm,
  types: checkTypes,
  bundles: checkBundles,
  pnpm: checkPnpm,
  'Yarn PnP': checkYarn,
  lambda: checkLambda,
};
const AT_A_TIME = 2;

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    tarball: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

await runChecks('maintenance-field-', options.keep, async (report, directory) => {
  const tarball = options.tarball ? resolve(options.tarball) : await pack(root, directory);
  const waiting = Object.entries(parts).filter(([name]) => (options.only ?? name) === name);
  const work = async () => {
    for (let part = waiting.shift(); part; part = waiting.shift()) await runPart(...part);
  };
  const runPart = async (name, part) => {
    const began = performance.now();
    const home = await mkdtemp(join(directory, name.replaceAll(' ', '-')));
    await part((what, call) => report.check(`${name}: ${what}`, call), { directory: home, tarball });
    process.stdout.write(`# ${name}: ${Math.round((performance.now() - began) / 1000)} s\n`);
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
});
