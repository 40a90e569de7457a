import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from '@jest/globals';
import { makeDirectory, removeDirectories } from '../support/temporary-directory.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional?: boolean }>>;
}

afterEach(removeDirectories);

/** A project that has this package and what it needs, but no optional peer. */
async function installWithoutOptionalPeers(): Promise<string> {
  const modules = join(await makeDirectory(), 'node_modules');
  const home = join(modules, 'nestjs-maintenance-mode');
  await mkdir(home, { recursive: true });
  await cp(join(ROOT, 'package.json'), join(home, 'package.json'));
  await cp(join(ROOT, 'dist'), join(home, 'dist'), { recursive: true });
  const manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as Manifest;
  const needed = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }).filter(
    (name) => manifest.peerDependenciesMeta[name]?.optional !== true,
  );
  for (const name of needed) {
    await mkdir(dirname(join(modules, name)), { recursive: true });
    await symlink(join(ROOT, 'node_modules', name), join(modules, name));
  }
  return dirname(modules);
}

describe('Optional peers', () => {
  it.each([
    ['import', (name: string) => `console.log(Object.keys(await import('${name}')).join())`, 'package'],
    ['require', (name: string) => `console.log(Object.keys(require('${name}')).join())`, 'module'],
  ])('are needed by the sub-paths that are made for them alone, by %s', async (way, script, kind) => {
    const cwd = await installWithoutOptionalPeers();
    const type = way === 'import' ? 'module' : 'commonjs';
    const load = async (name: string) =>
      run(process.execPath, [`--input-type=${type}`, '-e', script(name)], { cwd });
    expect((await load('nestjs-maintenance-mode')).stdout).toContain('MaintenanceModule');
    expect((await load('nestjs-maintenance-mode/cache')).stdout).toContain('CacheStorage');
    for (const [path, peer] of [
      ['config', '@nestjs/config'],
      ['opentelemetry', '@opentelemetry/api'],
      ['prometheus', 'prom-client'],
      ['redis', 'redis'],
      ['s3', '@aws-sdk/client-s3'],
      ['terminus', '@nestjs/terminus'],
    ] as const) {
      await expect(load(`nestjs-maintenance-mode/${path}`)).rejects.toThrow(`Cannot find ${kind} '${peer}'`);
    }
    const cli = join(cwd, 'node_modules/nestjs-maintenance-mode/dist/cli.js');
    expect((await run(process.execPath, [cli, 'status'], { cwd })).stdout).toContain(
      'Maintenance of the whole application is off',
    );
  });
});
