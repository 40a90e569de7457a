import assert from 'node:assert/strict';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { install, run } from './command.mjs';

const SCRIPT = fileURLToPath(new URL('../fixtures/old-peers/sub-paths.mjs', import.meta.url));

/** What an application may have for other parts of it, in versions that no sub-path can use. */
const OLD = ['redis@4.7.1', 'cache-manager@5.7.6', '@aws-sdk/client-s3@3.400.0'];
const NEST = ['@nestjs/common@11.1.9', '@nestjs/core@11.1.9', 'reflect-metadata@0.2.2', 'rxjs@7.8.2'];

/** Each sub-path says at run time what it was given and what it needs, since npm does not compare the versions of its peers. */
export async function checkOldPeers(report, { tarball, node, directory }) {
  const cwd = join(directory, 'old-peers');
  const check = (what, work) => report.check(`old peers: ${what}`, work);
  await mkdir(cwd);
  await writeFile(
    join(cwd, 'package.json'),
    JSON.stringify({ name: 'old-peers', private: true, type: 'module' }),
  );
  await cp(SCRIPT, join(cwd, 'sub-paths.mjs'));

  const isReady =
    (await check(`installs beside ${OLD.join(', ')} without a complaint`, async () => {
      const { stderr } = await install([tarball, ...NEST, ...OLD], cwd);
      assert.doesNotMatch(stderr, /ERESOLVE|peer|nestjs-maintenance-mode/i);
    })) && (await check('npm ls finds nothing invalid', () => run('npm', ['ls'], { cwd })));
  if (!isReady) return;

  const told = {};
  await check('each sub-path loads', async () => {
    const { stdout } = await run(node, ['sub-paths.mjs'], { cwd });
    Object.assign(told, JSON.parse(stdout));
  });
  await check('RedisStorage says that it needs node-redis 5', () => {
    assert.equal(told.redisUrl?.code, 'MAINTENANCE_OPTIONS');
    assert.match(told.redisUrl.message, /needs version 5 or 6 of the package "redis".*withTypeMapping\(\)/);
    assert.match(told.redisClient.message, /expected a client of node-redis 5 or 6.*no withTypeMapping\(\)/);
  });
  await check('CacheStorage says that it needs cache-manager 7', () => {
    assert.equal(told.cache?.code, 'MAINTENANCE_OPTIONS');
    assert.match(told.cache.message, /expected a cache of cache-manager 7.*cache-manager 5 or older/);
  });
  await check('S3Storage writes nothing without its condition, and says which SDK it needs', () => {
    assert.equal(told.s3?.code, 'MAINTENANCE_OPTIONS');
    assert.match(told.s3.message, /does not know IfMatch.*Update it to 3\.\d+\.0/);
    assert.deepEqual(told.s3Methods, ['GET']);
  });
}
