import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { install, run } from '../../package/support/command.mjs';
import { commonJsConfig } from './tsconfig.mjs';

const SOURCES = fileURLToPath(new URL('../fixtures/lambda/', import.meta.url));
const PACKAGES = [
  '@nestjs/common@11',
  '@nestjs/core@11',
  '@nestjs/platform-express@11',
  '@nestjs/platform-fastify@11',
  'reflect-metadata@0.2',
  'rxjs@7',
  '@codegenie/serverless-express@5.0.0',
  '@fastify/aws-lambda@6.4.1',
  '@types/aws-lambda',
  '@types/node@20',
  'typescript@5.9.3',
];
const TSCONFIG = commonJsConfig();

/** Adapters that call the application with the events of AWS Lambda: there is no server, and nothing listens. */
export async function checkLambda(check, { directory: cwd, tarball }) {
  await writeFile(join(cwd, 'package.json'), '{ "private": true }');
  await writeFile(join(cwd, 'tsconfig.json'), JSON.stringify(TSCONFIG));
  await cp(SOURCES, cwd, { recursive: true });
  const isReady = await check('installs, and compiles', async () => {
    await install([tarball, ...PACKAGES], cwd);
    await run('npx', ['--no', 'tsc'], { cwd });
  });
  if (!isReady) return;
  for (const [adapter, script] of Object.entries({
    '@codegenie/serverless-express': 'express.js',
    '@fastify/aws-lambda': 'fastify.js',
  })) {
    await check(`${adapter}: answers 200, then 503, and 200 again`, () =>
      run(process.execPath, [script], { cwd }),
    );
  }
}
