/**
 * The long form of the fuzz test: the packed package, installed into a NestJS 11 application in CommonJS and a NestJS 12
 * application in ES modules, in all configurations.
 *
 *     node test/fuzz/run.mjs [--seed 1] [--requests 2000] [--nest 12] [--only 'fastify, no prefix'] [--keep]
 *
 * `--requests` is per configuration, each of which is asked twice: with maintenance off, then on. `--nest` and `--only` run a
 * part of it; the same seed gives the same requests. `--keep` leaves the directories there and says where. No Jest test,
 * because it installs from the npm registry.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { install, run } from '../package/support/command.mjs';
import { pack } from '../package/support/tarball.mjs';

const EXPRESS_TYPES = '@types/express@5.0.6';
const MIDDLEWARE = [
  'compression@1.8.2',
  '@types/compression@1.8.1',
  'express-session@1.19.0',
  '@types/express-session@1.19.0',
  '@fastify/compress@9.2.0',
  '@fastify/cookie@11.1.5',
  '@fastify/session@11.1.3',
];
const CONSUMERS = [
  {
    nest: 'nest-12-esm',
    packages: [
      '@nestjs/platform-express@12.5.1',
      '@nestjs/platform-fastify@12.5.0',
      '@nestjs/serve-static@12.0.0',
      '@fastify/static@10.1.11',
      EXPRESS_TYPES,
      ...MIDDLEWARE,
    ],
  },
  {
    nest: 'nest-11-commonjs',
    packages: [
      '@nestjs/platform-express@11.2.10',
      '@nestjs/platform-fastify@11.2.8',
      '@nestjs/serve-static@5.0.5',
      '@fastify/static@9.3.0',
      EXPRESS_TYPES,
      ...MIDDLEWARE,
      // @nestjs/platform-fastify asks for @fastify/static 10, and @nestjs/serve-static for 8 or 9.
      '--legacy-peer-deps',
    ],
  },
];

/** Node's own remarks on `require` of an ES module, and on what `url.parse` gets to read here. */
const QUIET = ['--disable-warning=ExperimentalWarning', '--disable-warning=DEP0170'];

const { values: options } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    requests: { type: 'string', default: '2000' },
    nest: { type: 'string', default: '' },
    only: { type: 'string', default: '' },
    keep: { type: 'boolean', default: false },
  },
});
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const directory = await mkdtemp(join(tmpdir(), 'maintenance-fuzz-'));
const totals = { requests: 0, open: 0, slipped: 0, lost: 0 };

try {
  const tarball = await pack(root, directory);
  for (const { nest, packages } of CONSUMERS.filter((consumer) => consumer.nest.includes(options.nest))) {
    const cwd = await layOut(nest, [tarball, ...packages]);
    const own = await fuzz(nest, cwd);
    for (const name of Object.keys(totals)) totals[name] += own[name];
  }
  const { requests, open, slipped, lost } = totals;
  process.stdout.write(`in all: ${requests} requests, ${open} open, ${slipped} slipped, ${lost} lost\n`);
  // A run in which nothing was open has shown nothing.
  process.exitCode = slipped === 0 && lost === 0 && open > 0 && open < requests ? 0 : 1;
} finally {
  if (options.keep) process.stdout.write(`kept: ${directory}\n`);
  else await rm(directory, { recursive: true, force: true });
}

/** What is compiled in an application. */
function isSource(file) {
  return !/\.(?:spec\.ts|mjs|md)$/.test(file);
}

/** An application with the fuzz test as its source, compiled. */
async function layOut(nest, packages) {
  const cwd = join(directory, nest);
  await mkdir(cwd);
  await cp(join(root, 'test/package/fixtures', nest), cwd, { recursive: true });
  await cp(join(root, 'test/fuzz'), join(cwd, 'src/fuzz'), { recursive: true, filter: isSource });
  await cp(join(root, 'test/support/random.ts'), join(cwd, 'src/support/random.ts'));
  await install(packages, cwd);
  const tsc = join(cwd, 'node_modules/typescript/bin/tsc');
  // Whether the types of all these packages agree with one another is no question of this test.
  await run(process.execPath, [tsc, '-p', '.', '--skipLibCheck', '--declaration', 'false'], { cwd });
  return cwd;
}

/** Runs the application, passes on what it says, and resolves to its totals. */
async function fuzz(nest, cwd) {
  const { seed, requests, only } = options;
  const args = ['dist/fuzz/main.js', '--label', nest, '--seed', seed, '--requests', requests, '--only', only];
  const child = spawn(process.execPath, [...QUIET, ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  let own;
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('totals ')) own = JSON.parse(line.slice('totals '.length));
    else process.stdout.write(`${line}\n`);
  }
  const [code, signal] = await closed;
  if (code !== 0 || own === undefined) throw new Error(`${nest} ended with ${code ?? signal}.`);
  return own;
}
