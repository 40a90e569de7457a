import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Ended } from '../support/built.js';
import { commandWith, expectError } from '../support/cli-servers.js';
import { command, killCommands, makeProject } from '../support/command-line.js';
import { removeDirectories } from '../support/temporary-directory.js';

const IMPORTS = `import { FileStorage, MemoryStorage } from 'nestjs-maintenance-mode';\n`;

let directory: string;

beforeEach(async () => {
  directory = await makeProject();
});

afterEach(async () => {
  await killCommands();
  await removeDirectories();
});

const run = async (...args: string[]): Promise<Ended> => command(directory, ...args);
const write = async (name: string, text: string): Promise<void> => writeFile(join(directory, name), text);
const exporting = (options: string): string => `${IMPORTS}export default ${options};\n`;

async function expectStorage(name: string, ...args: string[]): Promise<void> {
  const { code, stdout, stderr } = await run('on', ...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(
    new RegExp(`Storage: file ${join(directory, name)} \\(the file did not exist\\)\n$`),
  );
}

describe('the storage of the command line', () => {
  it('is that of maintenance.config.mjs, or else of maintenance.config.js if there is one', async () => {
    await write(
      'maintenance.config.mjs',
      exporting(`{ storage: new FileStorage({ path: 'from-mjs.json' }) }`),
    );
    await expectStorage('from-mjs.json');
    await write('package.json', '{ "type": "module" }');
    await write('maintenance.config.js', exporting(`{ storage: new FileStorage({ path: 'from-js.json' }) }`));
    await expectStorage('from-js.json');
  });

  it('is that of --config, or the file of --file, whatever the default file says', async () => {
    await write('maintenance.config.mjs', exporting('{ storage: new MemoryStorage() }'));
    await write('other.mjs', exporting(`{ storage: new FileStorage({ path: 'other.json' }) }`));
    await expectStorage('other.json', '--config', 'other.mjs');
    await expectStorage('plain.json', '--file', 'plain.json');
  });

  it('is not found, and nothing is done, if the configuration never finishes to load', async () => {
    await write('maintenance.config.mjs', 'await new Promise(() => {});');
    expect(await run('on')).toMatchObject({ code: 1, stdout: '' });
  });

  it('is the default file if the configuration names none, and what shapes the module is left out', async () => {
    await write(
      'maintenance.config.mjs',
      exporting(`{ controller: { path: 'x' }, imports: [], ignore: { urls: ['/x'] } }`),
    );
    await expectStorage('maintenance-state.json');
  });

  it.each([
    ['a person writes it', 'module.exports ='],
    [
      'TypeScript compiles it',
      'Object.defineProperty(exports, "__esModule", { value: true }); exports.default =',
    ],
  ])('may come from CommonJS, as %s', async (_, exported) => {
    const text = `const { FileStorage } = require('nestjs-maintenance-mode');
      ${exported} { storage: new FileStorage({ path: 'common.json' }) };`;
    await write('maintenance.config.js', text);
    const { code, stdout } = await run('on');
    expect(code).toBe(0);
    expect(stdout).toContain(join(directory, 'common.json'));
  });
});

describe('the environment', () => {
  it('names the file, if nothing else does', async () => {
    const variables = { MAINTENANCE_MODE_STATE_FILE_PATH: 'from-env.json' };
    const { stdout } = await commandWith(variables, directory, 'on');
    expect(stdout).toContain(`Storage: file ${join(directory, 'from-env.json')}`);
    expect((await commandWith(variables, directory, 'on', '--file', 'x.json')).stdout).toContain('x.json');
    await write('maintenance.config.cjs', 'module.exports = {};');
    expect((await commandWith(variables, directory, 'on')).stdout).toContain('maintenance-state.json');
  });

  it('forces the state: status says so, and nothing changes it', async () => {
    const forced = await commandWith({ MAINTENANCE_MODE: 'on' }, directory, 'status');
    expect(forced.code).toBe(10);
    expect(forced.stdout).toContain('\nIt is forced by MAINTENANCE_MODE in the environment.\n');
    for (const args of [['on'], ['off'], ['update', '--full'], ['run', '--', process.execPath, '-e', '']]) {
      expectError(await commandWith({ MAINTENANCE_MODE: 'off' }, directory, ...args), 'MAINTENANCE_MODE');
    }
    await expect(readFile(join(directory, 'maintenance-state.json'))).rejects.toThrow('ENOENT');
  });

  it('is mentioned if a file is named: an application that reads it is forced all the same', async () => {
    const { code, stdout } = await commandWith({ MAINTENANCE_MODE: 'true' }, directory, 'on', '--file', 'f');
    expect(code).toBe(0);
    expect(stdout).toContain('an application that reads it is forced to true.');
  });

  it('may have a mistake that is not about the state: off works', async () => {
    const variables = { MAINTENANCE_MODE_TEMPLATE: 'missing.hbs', MAINTENANCE_MODE_STATUS_CODE: 'x' };
    expect(await commandWith(variables, directory, 'off')).toMatchObject({ code: 0, stderr: '' });
    expectError(await commandWith({ MAINTENANCE_MODE: 'maybe' }, directory, 'off'), 'MAINTENANCE_MODE');
  });
});

describe('page', () => {
  it('writes the page to a file, in a language, as the configuration says', async () => {
    await write(
      'maintenance.config.mjs',
      `export default { response: { page: { product: 'Lantern Books' } } };`,
    );
    const { code, stdout } = await run('page', '--out', 'page.html', '--language', 'de-AT');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^The page in "de" is in page\.html\.\n.*Content-Security-Policy: default-src 'none'/,
    );
    const html = await readFile(join(directory, 'page.html'), 'utf8');
    expect(html).toMatch(/^<!doctype html>\s*<html lang="de"/i);
    expect(html).toContain('Lantern Books');
    expectError(await run('page', '--out', 'page.html', '--language', 'tlh'), '"tlh"');
    expectError(await run('page', '--out', 'missing/page.html'), 'missing/page.html');
  });
});

describe('a configuration that is wrong', () => {
  it.each([
    ['has no default export', 'export const storage = 1;', 'default export'],
    ['exports a list', 'export default [];', 'default export'],
    ['has a syntax error', 'export default {', 'config.mjs'],
    ['throws', 'throw new Error("line one\\nline two");', 'line one line two'],
    ['keeps the state in memory', exporting('{ storage: new MemoryStorage() }'), 'in memory'],
    [
      'does so by another copy',
      'export default { storage: { name: "memory", atomic: true, read() {}, write() {} } };',
      'in memory',
    ],
    [
      'has none, but one that has no write',
      'export default { storage: { name: "x", atomic: true, read() {} } };',
      'storage.write',
    ],
    [
      'makes the storage by a provider',
      'export default { storage: { useFactory: () => ({}) } };',
      'export the storage object itself',
    ],
  ])('is refused in one line: it %s', async (_, text, message) => {
    await write('config.mjs', text);
    const { code, stdout, stderr } = await run('on', '--config', 'config.mjs');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^nestjs-maintenance-mode: [^\n]+\n$/);
    expect(stderr).toContain(message);
  });

  it('is refused in one line: there is none', async () => {
    const { code, stdout, stderr } = await run('status', '--config', 'missing.mjs');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^nestjs-maintenance-mode: missing\.mjs [^\n]+\n$/);
  });
});

describe('a configuration that forces the mode', () => {
  it('lets status say so, and nobody change it', async () => {
    await write('maintenance.config.mjs', exporting('{ enabled: true }'));
    expect(await run('status')).toMatchObject({ code: 10, stdout: expect.stringContaining('forced') });
    for (const args of [['on'], ['off'], ['run', '--', process.execPath, '-e', 'console.log("started")']]) {
      const { code, stdout, stderr } = await run(...args);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(/^nestjs-maintenance-mode: [^\n]*"enabled"[^\n]*\n$/);
    }
    await write('maintenance.config.mjs', exporting('{ enabled: false }'));
    expect((await run('status')).code).toBe(0);
  });
});

describe('a storage of others that does not answer', () => {
  it('ends the command with one line, though it never lets go', async () => {
    const storage =
      '{ name: "deaf", atomic: false, read: () => new Promise(() => setInterval(() => {}, 1000)), async write() {} }';
    await write('maintenance.config.mjs', `export default { storage: ${storage}, sync: { timeoutMs: 20 } };`);
    const { code, stderr } = await run('status');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^nestjs-maintenance-mode: [^\n]*"deaf"[^\n]*20 ms[^\n]*\n$/);
  });
});
