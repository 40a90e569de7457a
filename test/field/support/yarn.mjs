import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../../package/support/command.mjs';
import { ask, askUntil } from '../../package/support/http.mjs';
import { start } from './server.mjs';
import { commonJsConfig } from './tsconfig.mjs';

const FIXTURES = fileURLToPath(new URL('../fixtures/', import.meta.url));
const MANIFEST = {
  private: true,
  dependencies: {
    '@nestjs/common': '^11.0.0',
    '@nestjs/core': '^11.0.0',
    '@nestjs/microservices': '^11.0.0',
    '@nestjs/platform-express': '^11.0.0',
    '@nestjs/platform-socket.io': '^11.0.0',
    '@nestjs/testing': '^11.0.0',
    '@nestjs/websockets': '^11.0.0',
    'reflect-metadata': '^0.2.0',
    rxjs: '^7.8.0',
  },
  devDependencies: {
    '@types/jest': '^30.0.0',
    '@types/node': '^20.0.0',
    '@types/supertest': '^7.0.0',
    jest: '^30.0.0',
    // What ts-jest asks for.
    'jest-util': '^30.0.0',
    supertest: '^7.0.0',
    'ts-jest': '^29.0.0',
    typescript: '5.9.3',
  },
  jest: { testRegex: '-spec\\.ts$', transform: { '\\.ts$': 'ts-jest' } },
};
const TSCONFIG = commonJsConfig({ types: ['node', 'jest'] });
const SETTINGS = 'nodeLinker: pnp\nenableTelemetry: false\nenableGlobalCache: true\n';

/** Without `node_modules`: packages are read from archives, and each gets only what it declares. */
export async function checkYarn(check, { directory: cwd, tarball }) {
  const yarn = (...args) =>
    run('npm', ['exec', '--yes', '--package=@yarnpkg/cli-dist@4.18.1', '--', 'yarn', ...args], { cwd });
  const isReady = await check('installs, and compiles', async () => {
    const dependencies = { ...MANIFEST.dependencies, 'nestjs-maintenance-mode': `file:${tarball}` };
    await writeFile(join(cwd, 'package.json'), JSON.stringify({ ...MANIFEST, dependencies }));
    await writeFile(join(cwd, 'tsconfig.json'), JSON.stringify(TSCONFIG));
    await writeFile(join(cwd, '.yarnrc.yml'), SETTINGS);
    await writeFile(join(cwd, 'yarn.lock'), '');
    for (const file of ['main.ts', 'maintenance.e2e-spec.ts'])
      await cp(join(FIXTURES, file), join(cwd, file));
    await yarn('install', '--no-immutable');
    await yarn('tsc');
  });
  if (!isReady) return;
  await check('jest', () => yarn('jest'));
  await check('answers 200, then 503 after "on", and 200 after "off"', async () => {
    const app = await start('main.js', cwd, { flags: ['--require', './.pnp.cjs'] });
    try {
      await ask(app.url);
      for (const [command, status] of Object.entries({ on: 503, off: 200 })) {
        await yarn('nestjs-maintenance-mode', command);
        await askUntil(status, app.url);
      }
    } finally {
      app.kill();
    }
  });
}
