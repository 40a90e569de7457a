/**
 * Runs this repository's own tests against other versions of NestJS and of what comes with it: the lowest and the latest that
 * the peer ranges allow.
 *
 *     node test/package/versions.mjs [--nest 'NestJS 11'] [--keep] [tests of Jest, such as test/transports/grpc]
 *
 * `--nest` picks the sets of versions whose name contains it. Without tests it runs those of `test/http`, `test/adversarial`, `test/drain`
 * and `test/transports`. `--keep` leaves the directories there and says where. No Jest test, because it installs from the npm
 * registry. Needs a built package: `npm run build`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { install } from './support/command.mjs';
import { runChecks } from './support/report.mjs';
import { VERSIONS } from './support/versions.mjs';

const TESTS = ['test/http/', 'test/adversarial/', 'test/drain/', 'test/transports/'];
const COPIED = ['dist', 'dist-modules', 'docs', 'jest.config.mjs', 'lib', 'sample', 'test', 'tsconfig.json'];
/** Nothing that a test of Jest loads. */
const TOOLS =
  /^(?:@arethetypeswrong|@nestjs\/(?:cli|schematics)$|@types\/|autocannon|dependency-cruiser|oxlint|publint|typescript)/;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { nest: { type: 'string', default: '' }, keep: { type: 'boolean', default: false } },
});
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const wanted = VERSIONS.filter(({ name }) => name.includes(options.nest));

await runChecks('maintenance-versions-', options.keep, async (report, directory) => {
  for (const set of wanted) await report.check(set.name, () => runTests(set, directory));
});

/** @throws if the tests do not pass in a copy of this repository that has these versions. */
async function runTests({ name, packages, without, missing }, directory) {
  const cwd = join(directory, name.replaceAll(' ', '-'));
  await mkdir(cwd);
  for (const part of COPIED)
    await cp(join(root, part), join(cwd, part), { recursive: true, preserveTimestamps: true });
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const kept = Object.entries(manifest.devDependencies).filter(([dependency]) => !TOOLS.test(dependency));
  manifest.devDependencies = { ...Object.fromEntries(kept), ...packages };
  await writeFile(join(cwd, 'package.json'), JSON.stringify(manifest, null, 2));
  // What belongs together is said in the set; the packages' own ranges do not always agree with one another.
  await install(['--legacy-peer-deps'], cwd);
  const patterns = positionals.length > 0 ? positionals : TESTS;
  const files = without === undefined ? [] : [`--testPathIgnorePatterns=${without}`];
  const names = missing === undefined ? [] : [`--testNamePattern=^(?!.*(${missing.join('|')}))`];
  const jest = [
    '--disable-warning=ExperimentalWarning',
    'node_modules/jest/bin/jest.js',
    '--passWithNoTests',
    ...patterns,
    ...files,
    ...names,
  ];
  // The copy has what is built, and not what builds it.
  const env = { ...process.env, TEST_BUILDS: 'no' };
  const child = spawn(process.execPath, jest, { cwd, env, stdio: 'inherit' });
  const [code, signal] = await once(child, 'close');
  if (code !== 0) throw new Error(`Jest ended with ${code ?? signal}.`);
}
