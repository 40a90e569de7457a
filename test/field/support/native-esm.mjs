import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { install, run } from '../../package/support/command.mjs';

const SPEC = fileURLToPath(new URL('../fixtures/maintenance.e2e-spec.ts', import.meta.url));
const PACKAGES = [
  '@nestjs/common@12',
  '@nestjs/core@12',
  '@nestjs/platform-express@12',
  '@nestjs/platform-socket.io@12',
  '@nestjs/websockets@12',
  '@nestjs/microservices@12',
  '@nestjs/testing@12',
  'reflect-metadata@0.2',
  'rxjs@7',
  'supertest@7',
  'jest@30',
  'ts-jest@29',
  'typescript@5.9.3',
  '@types/jest@30',
  '@types/node@20',
  '@types/supertest@7',
];
const MANIFEST = {
  private: true,
  type: 'module',
  jest: {
    testRegex: '-spec\\.ts$',
    extensionsToTreatAsEsm: ['.ts'],
    transform: { '\\.ts$': ['ts-jest', { useESM: true }] },
  },
};
const TSCONFIG = {
  compilerOptions: {
    target: 'es2023',
    module: 'nodenext',
    isolatedModules: true,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    strict: true,
    skipLibCheck: true,
  },
};

/** NestJS 12, whose packages are ESM, under Jest's own ESM. */
export async function checkNativeEsm(check, { directory, tarball }) {
  const cwd = join(directory, 'shop');
  await mkdir(cwd);
  await writeFile(join(cwd, 'package.json'), JSON.stringify(MANIFEST));
  await writeFile(join(cwd, 'tsconfig.json'), JSON.stringify(TSCONFIG));
  await cp(SPEC, join(cwd, 'maintenance.e2e-spec.ts'));
  if (!(await check('installs', () => install([tarball, ...PACKAGES], cwd)))) return;
  await check('jest, with --experimental-vm-modules', () =>
    run(process.execPath, ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js'], { cwd }),
  );
}
