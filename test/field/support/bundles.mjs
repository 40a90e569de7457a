import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { install, run } from '../../package/support/command.mjs';
import { openAndClose } from './server.mjs';

const MAIN = fileURLToPath(new URL('../fixtures/main.ts', import.meta.url));
const PACKAGES = [
  '@nestjs/common@11',
  '@nestjs/core@11',
  '@nestjs/platform-express@11',
  'reflect-metadata@0.2',
  'rxjs@7',
  '@types/node@20',
  'typescript@5.9.3',
];
const BUNDLERS = ['esbuild@0.28.2', '@vercel/ncc@0.45.0'];

/** What Nest and this package load only if an application has it. */
const OPTIONAL = [
  '@nestjs/microservices',
  '@nestjs/websockets',
  '@nestjs/platform-socket.io',
  'class-validator',
  'class-transformer',
];
const COMPILE =
  '--target es2022 --module commonjs --moduleResolution node10 --experimentalDecorators --esModuleInterop --types node --skipLibCheck';
const ESBUILD = ['--bundle', '--platform=node', ...OPTIONAL.map((name) => `--external:${name}`)];
const REQUIRE = "import{createRequire}from'node:module';const require=createRequire(import.meta.url);";
const ESM = ['--format=esm', '--splitting', '--out-extension:.js=.mjs', `--banner:js=${REQUIRE}`];

const bundles = {
  'esbuild to CommonJS': {
    args: ['esbuild', 'main.ts', ...ESBUILD, '--outfile=cjs/main.js'],
    script: 'cjs/main.js',
  },
  'esbuild to ESM': {
    args: ['esbuild', 'main.ts', ...ESBUILD, ...ESM, '--outdir=esm'],
    script: 'esm/main.mjs',
  },
  ncc: { args: ['ncc', 'build', 'compiled/main.js', '-o', 'ncc'], script: 'ncc/index.js' },
};

/** One file, or a few, that run where there is no `node_modules`. */
export async function checkBundles(check, { directory, tarball }) {
  const cwd = join(directory, 'shop');
  await mkdir(cwd);
  await writeFile(join(cwd, 'package.json'), '{ "private": true }');
  await cp(MAIN, join(cwd, 'main.ts'));
  await writeFile(join(cwd, 'tsconfig.json'), '{ "compilerOptions": { "experimentalDecorators": true } }');
  const isReady = await check('installs', async () => {
    await install([tarball, ...PACKAGES, ...BUNDLERS], cwd, { scripts: true });
    await run('npx', ['--no', '--', 'tsc', ...COMPILE.split(' '), '--outDir', 'compiled', 'main.ts'], {
      cwd,
    });
  });
  if (!isReady) return;
  for (const [name, { args, script }] of Object.entries(bundles)) {
    await check(`${name}: answers 200, then 503, and 200 again`, async () => {
      await run('npx', ['--no', '--', ...args], { cwd });
      const target = join(directory, 'target', name.replaceAll(' ', '-'));
      await cp(join(cwd, script, '..'), target, { recursive: true });
      await openAndClose(join(target, script.split('/')[1]), target);
    });
  }
}
