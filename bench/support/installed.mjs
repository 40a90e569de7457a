import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

/**
 * What an application gets in its `node_modules` for this package, as it would be published: packages and the bytes of their
 * files. Its peers are left out, since an application of Nest has them anyway. npm asks the registry for the others.
 */
export async function installedPackages() {
  const directory = await mkdtemp(join(tmpdir(), 'maintenance-install-'));
  try {
    const pack = ['pack', '--ignore-scripts', '--json', '--pack-destination', directory];
    const [{ filename }] = JSON.parse((await run('npm', pack, { cwd: REPOSITORY })).stdout);
    await writeFile(join(directory, 'package.json'), '{ "private": true }');
    // With `legacy-peer-deps`, npm installs no peers.
    const install = [
      'install',
      '--omit=dev',
      '--legacy-peer-deps',
      '--no-audit',
      '--no-fund',
      `./${filename}`,
    ];
    await run('npm', install, { cwd: directory });
    return await packagesIn(join(directory, 'node_modules'));
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** A package is a folder with a manifest that has a name and a version. */
async function packagesIn(root) {
  const found = new Map();
  const files = await readdir(root, { recursive: true, withFileTypes: true });
  for (const file of files) {
    if (!file.isFile()) continue;
    const path = join(file.parentPath, file.name);
    const owner = ownerOf(path.slice(root.length + 1));
    if (owner === null) continue;
    found.set(owner, (found.get(owner) ?? 0) + (await stat(path)).size);
  }
  const packages = await Promise.all([...found].map(([name, bytes]) => withVersion(root, name, bytes)));
  return packages.toSorted((a, b) => b.bytes - a.bytes);
}

/** `a/node_modules/@b/c` of `a/node_modules/@b/c/lib/index.js`; null for npm's own files. */
function ownerOf(path) {
  return /^((?:.*node_modules\/)?(?:@[^/]+\/)?[^./@][^/]*)\//.exec(path)?.[1] ?? null;
}

async function withVersion(root, name, bytes) {
  const { version } = JSON.parse(await readFile(join(root, name, 'package.json'), 'utf8'));
  return { name, version, bytes };
}
