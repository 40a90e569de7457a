import assert from 'node:assert/strict';
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { install, run } from '../../package/support/command.mjs';

const PROBE = fileURLToPath(new URL('../fixtures/entry-points.ts', import.meta.url));

/** With the oldest TypeScript that the README names, and one of today. */
const COMPILERS = ['5.0.4', '5.9.3'];
const PACKAGES = [
  '@nestjs/common@11',
  '@nestjs/core@11',
  '@nestjs/platform-express@11',
  '@nestjs/config@4',
  '@nestjs/terminus@11',
  '@opentelemetry/api@1',
  'prom-client@15',
  'reflect-metadata@0.2',
  'rxjs@7',
  'redis@5',
  'cache-manager@7',
  '@aws-sdk/client-s3@3',
  '@nestjs/terminus@11',
  'prom-client@15',
  '@opentelemetry/api@1',
  '@types/node@20',
];
/** `moduleResolution` and the `module` that goes with it. */
const RESOLUTIONS = { node10: 'commonjs', node16: 'node16', nodenext: 'nodenext', bundler: 'esnext' };
const OPTIONS = ['--noEmit', '--strict', '--experimentalDecorators', '--esModuleInterop'];
const FLOOR = ['--target', 'es2022', '--lib', 'es2022', '--types', 'node', '--skipLibCheck', 'false'];

/** All sub-paths, type-checked in every way in which TypeScript finds modules, from CommonJS and from ESM. */
export async function checkTypes(check, { directory: cwd, tarball }) {
  const compilers = COMPILERS.map((version) => `typescript-${version}@npm:typescript@${version}`);
  await writeFile(join(cwd, 'package.json'), '{ "private": true }');
  if (!(await check('installs', () => install([tarball, ...PACKAGES, ...compilers], cwd)))) return;
  for (const file of ['commonjs.ts', 'esm.mts']) await cp(PROBE, join(cwd, file));
  for (const version of COMPILERS) {
    for (const [resolution, module] of Object.entries(RESOLUTIONS)) {
      const file = { node16: ['commonjs.ts', 'esm.mts'], nodenext: ['commonjs.ts', 'esm.mts'] };
      const files = file[resolution] ?? ['commonjs.ts'];
      await check(`TypeScript ${version} with moduleResolution ${resolution}`, async () => {
        const tsc = `node_modules/typescript-${version}/bin/tsc`;
        const flags = [...OPTIONS, ...FLOOR, '--moduleResolution', resolution, '--module', module];
        assert.deepEqual(await complaints(tsc, [...flags, ...files], cwd), []);
      });
    }
  }
}

const OURS = /^(node_modules\/nestjs-maintenance-mode\/|\w+\.m?ts\(|error )/;

/** Other packages' own types may need a newer compiler than this package does. */
async function complaints(tsc, args, cwd) {
  const output = await run(process.execPath, [tsc, ...args], { cwd }).then(
    ({ stdout }) => stdout,
    (error) => error.message,
  );
  return output.split('\n').filter((line) => OURS.test(line));
}
