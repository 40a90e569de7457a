import { execFile } from 'node:child_process';
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, expect, it } from '@jest/globals';
import { makeDirectory, removeDirectories } from '../support/temporary-directory.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

/** What matters of the logger: it prints on stdout until another one replaces it. */
const COPY_OF_NEST = `
let current = { log: (text) => console.log(text), warn: (text) => console.log(text) };
export const Logger = {
  overrideLogger: (logger) => { current = logger; },
  log: (text) => current.log(text),
  warn: (text) => current.warn(text),
};
`;

afterEach(removeDirectories);

/** Loading them would take three times as long as the rest of a command. */
it('the command line loads nothing of Nest and rxjs, unless a configuration file does', async () => {
  const directory = await makeDirectory();
  const packages = join(directory, 'node_modules');
  const installed = join(packages, 'nestjs-maintenance-mode');
  await mkdir(installed, { recursive: true });
  await cp(join(ROOT, 'dist'), join(installed, 'dist'), { recursive: true });
  await cp(join(ROOT, 'package.json'), join(installed, 'package.json'));
  for (const name of ['handlebars', 'ipaddr.js'])
    await symlink(join(ROOT, 'node_modules', name), join(packages, name));

  const command = async (...args: string[]): Promise<string> =>
    (await run(process.execPath, [join(installed, 'dist/cli.js'), ...args], { cwd: directory })).stdout;

  expect(await command('on', '--reason', 'Migration')).toContain(
    'Maintenance of the whole application is active',
  );
  expect(await command('list')).toContain('Migration');
  expect(await command('off')).toContain('off');
  expect(await command('page', '--out', 'page.html')).toContain('page.html');
});

it("what the configuration's own copy of Nest logs does not go to stdout", async () => {
  const directory = await makeDirectory();
  const packages = join(directory, 'node_modules');
  const copy = join(packages, '@nestjs/common');
  await mkdir(copy, { recursive: true });
  await writeFile(
    join(copy, 'package.json'),
    '{ "name": "@nestjs/common", "type": "module", "exports": "./index.js" }',
  );
  await writeFile(join(copy, 'index.js'), COPY_OF_NEST);
  await writeFile(
    join(directory, 'maintenance.mjs'),
    "import { Logger } from '@nestjs/common'; Logger.warn('from the copy'); Logger.log('from the copy'); export default {};",
  );

  const { stdout, stderr } = await run(
    process.execPath,
    [join(ROOT, 'dist/cli.js'), 'status', '--config', 'maintenance.mjs'],
    { cwd: directory },
  );

  expect(stdout).not.toContain('from the copy');
  expect(stderr).toBe('nestjs-maintenance-mode: from the copy\n');
});
