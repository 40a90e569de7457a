import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './command.mjs';

const DOCUMENTS = ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'];

/** Packs what would be published, built anew. Resolves to the file. */
export async function pack(root, directory) {
  await run('npm', ['pack', '--pack-destination', directory], { cwd: root });
  const [file, ...others] = (await readdir(directory)).filter((name) => name.endsWith('.tgz'));
  assert.deepEqual(others, []);
  return join(directory, file);
}

/** Checks that all that is needed is in it, and nothing else. */
export async function checkTarball(report, root, tarball) {
  const { stdout } = await run('tar', ['-tzf', tarball], { cwd: root });
  const files = stdout
    .trim()
    .split('\n')
    .map((file) => file.replace(/^package\//, ''));
  const read = async (file) =>
    (await run('tar', ['-xzOf', tarball, `package/${file}`], { cwd: root })).stdout;
  const sources = (await readdir(join(root, 'lib'), { recursive: true })).map((file) =>
    file.replaceAll('\\', '/'),
  );

  await report.check('tarball: has its documents, and besides them only dist', () => {
    assert.deepEqual(files.filter((file) => !file.startsWith('dist/')).toSorted(), DOCUMENTS);
  });
  await report.check('tarball: has each module with its types', () => {
    const expected = sources
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) => ['.js', '.d.ts'].map((end) => `dist/${file.replace(/\.ts$/, end)}`));
    assert.deepEqual(
      expected.filter((file) => !files.includes(file)),
      [],
    );
  });
  await report.check(
    'tarball: has nothing else: no sources, no tests, nothing left from earlier builds',
    () => {
      const known = /^dist\/(.+?)(?:\.js|\.d\.ts|\.js\.map)$/;
      const origins = new Set(sources.map((file) => file.replace(/\.ts$/, '')));
      const strangers = files.filter(
        (file) => file.startsWith('dist/') && !origins.has(known.exec(file)?.[1]),
      );
      assert.deepEqual(strangers, []);
      assert.deepEqual(
        files.filter((file) => /\.(?:spec|test)\./.test(file)),
        [],
      );
    },
  );
  await report.check('tarball: every entry point is there', async () => {
    const { exports } = JSON.parse(await read('package.json'));
    const targets = Object.values(exports).flatMap((entry) =>
      typeof entry === 'string' ? entry : Object.values(entry),
    );
    assert.deepEqual(
      targets.filter((target) => !files.includes(target.replace(/^\.\//, ''))),
      [],
    );
  });
  await report.check('tarball: source maps carry their sources, which are not in it', async () => {
    const maps = files.filter((file) => file.endsWith('.js.map'));
    const texts = await Promise.all(maps.map(read));
    const hollow = maps.filter((_, index) => !JSON.parse(texts[index]).sourcesContent?.every((text) => text));
    assert.deepEqual(hollow, [], 'set "inlineSources" in tsconfig.build.json');
  });
  await report.check('tarball: says nothing of the machine that built it', async () => {
    const { stdout: all } = await run('tar', ['-xzOf', tarball], { cwd: root });
    assert.equal(all.includes(root), false);
  });
}
