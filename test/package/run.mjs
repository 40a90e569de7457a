/**
 * Packs the package and uses it as its users do: installed into applications of their own, outside this repository.
 *
 *     node test/package/run.mjs [--node 22] [--keep]
 *
 * `--node` runs the applications with another version of Node, from the npm package `node`; `--keep` leaves the
 * directories there and says where. No Jest test, because it installs from the npm registry.
 */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { checkConsumer } from './support/consumer.mjs';
import { installNode } from './support/node-version.mjs';
import { checkOldPeers } from './support/old-peers.mjs';
import { runChecks } from './support/report.mjs';
import { checkTarball, pack } from './support/tarball.mjs';

const EXPRESS_TYPES = '@types/express@5.0.6';
const CONSUMERS = [
  { nest: 'nest-12-esm', adapter: 'express', packages: ['@nestjs/platform-express@12.5.1', EXPRESS_TYPES] },
  { nest: 'nest-12-esm', adapter: 'fastify', packages: ['@nestjs/platform-fastify@12.5.0'] },
  {
    nest: 'nest-11-commonjs',
    adapter: 'express',
    packages: ['@nestjs/platform-express@11.2.10', EXPRESS_TYPES],
  },
  { nest: 'nest-11-commonjs', adapter: 'fastify', packages: ['@nestjs/platform-fastify@11.2.8'] },
];
const AT_A_TIME = 2;

const { values: options } = parseArgs({
  options: { node: { type: 'string' }, keep: { type: 'boolean', default: false } },
});
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

await runChecks('maintenance-package-', options.keep, async (report, directory) => {
  const tarball = await pack(root, directory);
  await checkTarball(report, root, tarball);
  const node = options.node === undefined ? process.execPath : await installNode(options.node, directory);
  await checkOldPeers(report, { tarball, node, directory });
  const waiting = [...CONSUMERS];
  const work = async () => {
    for (let consumer = waiting.shift(); consumer; consumer = waiting.shift()) {
      await checkConsumer(report, { ...consumer, tarball, node, directory });
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
});
