import { execFile } from 'node:child_process';
import { cp, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, expect, it } from '@jest/globals';
import { makeDirectory, removeDirectories } from '../support/temporary-directory.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

afterEach(removeDirectories);

/** Loading Nest would take three times as long as the rest of a command. */
it('the command line loads nothing of Nest, unless a configuration file does', async () => {
  const directory = await makeDirectory();
  const packages = join(directory, 'node_modules');
  const installed = join(packages, 'nestjs-maintenance-mode');
  await mkdir(installed, { recursive: true });
  await cp(join(ROOT, 'dist'), join(installed, 'dist'), { recursive: true });
  await cp(join(ROOT, 'package.json'), join(installed, 'package.json'));
  for (const name of ['handlebars', 'ipaddr.js', 'rxjs', 'tslib'])
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
