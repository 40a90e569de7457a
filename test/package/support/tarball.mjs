import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './command.mjs';

const MAX_FILES = 100;
const MAX_BYTES = 700_000;
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

  await report.check('tarball: has its documents, and besides them only dist', () => {
    assert.deepEqual(files.filter((file) => !file.startsWith('dist/')).toSorted(), DOCUMENTS);
  });
  await report.check('tarball: has nothing in dist but code and types, of both formats', () => {
    const known =
      /^dist\/(?:(?:(?:integrations|shared)\/)?[\w.-]+\.(?:js|cjs|d\.ts|d\.cts)|schematics\/(?:nest-add\.cjs|\w+\.json))$/;
    const inDist = files.filter((file) => file.startsWith('dist/'));
    assert.deepEqual(
      inDist.filter((file) => !known.test(file) || /\.(?:spec|test)\./.test(file)),
      [],
    );
  });
  await report.check(`tarball: has at most ${MAX_FILES} files and ${MAX_BYTES} bytes`, async () => {
    const { stdout: all } = await run('tar', ['-xzOf', tarball], { cwd: root });
    const bytes = Buffer.byteLength(all);
    process.stdout.write(`# ${files.length} files, ${bytes} bytes\n`);
    assert.ok(files.length <= MAX_FILES && bytes <= MAX_BYTES, `${files.length} files, ${bytes} bytes`);
  });
  await report.check('tarball: no class has another name than in its source', async () => {
    const code = await Promise.all(files.filter((file) => /\.c?js$/.test(file)).map(read));
    assert.deepEqual(code.join('').match(/class \w*\$\d/g), null);
  });
  await report.check('tarball: types are of public things', async () => {
    const types = await Promise.all(files.filter((file) => /\.d\.c?ts$/.test(file)).map(read));
    assert.equal(types.join('').includes('@internal'), false);
  });
  await report.check('tarball: every entry point is there', async () => {
    const { exports } = JSON.parse(await read('package.json'));
    const targets = targetsOf(exports);
    assert.deepEqual(
      targets.filter((target) => !files.includes(target.replace(/^\.\//, ''))),
      [],
    );
  });
  await report.check('tarball: says nothing of the machine that built it', async () => {
    const { stdout: all } = await run('tar', ['-xzOf', tarball], { cwd: root });
    assert.equal(all.includes(root), false);
  });
}

/** All files that conditions lead to. */
function targetsOf(entry) {
  return typeof entry === 'string' ? [entry] : Object.values(entry).flatMap(targetsOf);
}
