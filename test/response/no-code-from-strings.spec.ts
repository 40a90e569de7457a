import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from '@jest/globals';
import { makeDirectory, removeDirectories } from '../support/temporary-directory.js';

const program = fileURLToPath(
  new URL('../support/processes/page-without-code-generation.mjs', import.meta.url),
);
const run = promisify(execFile);

const start = (template = ''): Promise<{ stdout: string }> =>
  run(process.execPath, ['--disallow-code-generation-from-strings', program, template]);

afterEach(removeDirectories);

// On Express: Fastify makes functions of strings itself (find-my-way), so it does not boot like this.
describe('node --disallow-code-generation-from-strings', () => {
  it('serves the built-in page, and the confirm page', async () => {
    const { stdout } = await start();
    const [page = '', confirm = ''] = stdout.split('\0');
    expect(page).toMatch(/^503 /);
    expect(page).toContain('<p class="reason" dir="auto">A &lt;b&gt;</p>');
    expect(confirm).toMatch(/^200 /);
    expect(confirm).toContain('Turn maintenance off?');
  });

  it('refuses a template at boot, since it cannot be compiled', async () => {
    const template = join(await makeDirectory(), 'page.hbs');
    await writeFile(template, '<p>{{reason}}</p>');
    const { stdout } = await start(template);
    expect(stdout).toMatch(/^MaintenanceOptionsError: response\.template: .*Code generation from strings/i);
  });
});
