/**
 * Runs this repository's own tests against other versions of NestJS and of what comes with it: the lowest and the latest that
 * the peer ranges allow.
 *
 *     node test/package/versions.mjs [--nest 11] [--list] [--keep] [tests of Jest, such as test/transports/grpc]
 *
 * `--nest` picks the sets whose name contains it. Without tests it runs those of `test/http`, `test/adversarial`, `test/drain`
 * and `test/transports`. `--keep` leaves the directories there and says where. No Jest test, because it installs from the npm
 * registry. Needs a built package: `npm run build`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { install } from './support/command.mjs';
import { VERSIONS } from './support/versions.mjs';

const TESTS = ['test/http/', 'test/adversarial/', 'test/drain/', 'test/transports/'];
const COPIED = ['dist', 'docs', 'jest.config.mjs', 'lib', 'sample', 'test', 'tsconfig.json'];
/** Nothing that a test of Jest loads. */
const TOOLS =
  /^(?:@arethetypeswrong|@nestjs\/(?:cli|schematics)$|@types\/|autocannon|dependency-cruiser|oxlint|publint|typescript)/;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    nest: { type: 'string', default: '' },
    list: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
  },
});
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const wanted = Object.entries(VERSIONS).filter(([name]) => name.includes(options.nest));
const directory = await mkdtemp(join(tmpdir(), 'maintenance-versions-'));
let failed = 0;

try {
  if (wanted.length === 0) throw new Error(`No set of versions is named ${options.nest}.`);
  for (const [name, versions] of wanted) {
    process.stdout.write(`# ${name}\n`);
    if (options.list) process.stdout.write(`${JSON.stringify(versions, null, 2)}\n`);
    else if (!(await passes(name, versions))) failed += 1;
  }
} finally {
  if (options.keep) process.stdout.write(`# kept: ${directory}\n`);
  else await rm(directory, { recursive: true, force: true });
}
process.stdout.write(`# ${wanted.length - failed} of ${wanted.length} sets of versions passed\n`);
process.exitCode = failed === 0 ? 0 : 1;

/** Whether the tests pass in a copy of this repository that has these versions. */
async function passes(name, versions) {
  const cwd = join(directory, name.replaceAll(' ', '-'));
  await mkdir(cwd);
  for (const part of COPIED) await cp(join(root, part), join(cwd, part), { recursive: true });
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const kept = Object.entries(manifest.devDependencies).filter(([dependency]) => !TOOLS.test(dependency));
  manifest.devDependencies = { ...Object.fromEntries(kept), ...versions };
  await writeFile(join(cwd, 'package.json'), JSON.stringify(manifest, null, 2));
  // What belongs together is said in the set; the packages' own ranges do not always agree with one another.
  await install(['--legacy-peer-deps'], cwd);
  const jest = ['node_modules/jest/bin/jest.js', ...(positionals.length > 0 ? positionals : TESTS)];
  const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  const child = spawn(process.execPath, [...flags, ...jest], { cwd, stdio: 'inherit' });
  const [code] = await once(child, 'close');
  return code === 0;
}
