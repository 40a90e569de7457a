import assert from 'node:assert/strict';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../../package/support/command.mjs';
import { ask, askUntil } from '../../package/support/http.mjs';
import { start } from './server.mjs';
import { commonJsConfig } from './tsconfig.mjs';

const SOURCES = fileURLToPath(new URL('../fixtures/pnpm/', import.meta.url));
const NEST = {
  '@nestjs/common': '^11.0.0',
  '@nestjs/core': '^11.0.0',
  '@nestjs/platform-express': '^11.0.0',
  'reflect-metadata': '^0.2.0',
  rxjs: '^7.8.0',
};
const TSCONFIG = commonJsConfig({ declaration: true });

/** A monorepo whose library has another `redis` than its application: pnpm gives each a copy of the package. */
export async function checkPnpm(check, { directory: cwd, tarball }) {
  const pnpm = (...args) =>
    run('npm', ['exec', '--yes', '--package=pnpm@10.34.9', '--', 'pnpm', ...args], { cwd });
  const isReady = await check('installs, and compiles', async () => {
    await layOut(cwd, tarball);
    await pnpm('install', '--prefer-offline', '--ignore-scripts');
    for (const name of ['orders', 'app']) await pnpm('exec', 'tsc', '-p', name);
  });
  if (!isReady) return;
  let app;
  try {
    await check('answers 200, with two copies of the package', async () => {
      app = await start('main.js', join(cwd, 'app'));
      assert.equal((await ask(app.url)).status, 200);
      assert.equal(new Set(JSON.parse((await ask(`${app.url}/copies`)).text)).size, 2);
    });
    if (app === undefined) return;
    await check("knows the other copy's service, decorators, pauses and errors", () =>
      checkOtherCopy(app.url, join(cwd, 'app')),
    );
  } finally {
    app?.kill();
  }
}

async function checkOtherCopy(url, cwd) {
  const text = async (path) => (await ask(`${url}/orders/${path}`)).text;
  assert.equal(await text('state'), 'off');
  assert.equal(await text('sent'), '1');
  await run('npx', ['--no', 'nestjs-maintenance-mode', 'on'], { cwd });
  await askUntil(503, `${url}/orders`);
  assert.equal(await text('state'), 'active');
  assert.equal(await text('sent'), '1');
  assert.equal(await text('error'), 'true');
  await run('npx', ['--no', 'nestjs-maintenance-mode', 'off'], { cwd });
  await askUntil(200, `${url}/orders`);
  assert.equal(await text('sent'), '2');
}

async function layOut(cwd, tarball) {
  const own = { 'nestjs-maintenance-mode': `file:${tarball}` };
  const manifests = {
    '.': { private: true, devDependencies: { typescript: '5.9.3', '@types/node': '^20.0.0' } },
    orders: {
      name: 'orders',
      version: '1.0.0',
      main: 'index.js',
      dependencies: { ...NEST, ...own, redis: '^5.0.0' },
    },
    app: {
      name: 'app',
      version: '1.0.0',
      dependencies: { ...NEST, ...own, redis: '^6.0.0', orders: 'workspace:*' },
    },
  };
  await writeFile(join(cwd, 'pnpm-workspace.yaml'), 'packages:\n  - orders\n  - app\n');
  for (const [name, manifest] of Object.entries(manifests)) {
    await mkdir(join(cwd, name), { recursive: true });
    await writeFile(join(cwd, name, 'package.json'), JSON.stringify(manifest));
    if (name === '.') continue;
    await cp(join(SOURCES, name), join(cwd, name), { recursive: true });
    await writeFile(join(cwd, name, 'tsconfig.json'), JSON.stringify(TSCONFIG));
  }
}
