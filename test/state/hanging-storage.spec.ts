import { afterEach, describe, expect, it } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runBuilt } from '../support/built.js';
import { command, makeProject } from '../support/command-line.js';
import { removeDirectories } from '../support/temporary-directory.js';

afterEach(removeDirectories);

const HANGING = `const never = () => new Promise(() => undefined);
export default { storage: { name: 'hanging', atomic: true, read: never, write: never }, sync: { timeoutMs: 100 } };
`;

// In processes of their own: a test runner has other reasons to live on than a timer.
describe('A storage that hangs, and is all that a process waits for', () => {
  it('lets the application boot, refuse a change and close', async () => {
    const { code, stdout } = await runBuilt('hanging-application');
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'active\nMAINTENANCE_STORAGE\nclosed\n' });
  });

  it.each([[['status']], [['on']], [['run', '--', 'echo', 'ran']]])('fails the command %j', async (args) => {
    const directory = await makeProject();
    await writeFile(join(directory, 'maintenance.config.mjs'), HANGING);
    const { code, stdout, stderr } = await command(directory, ...args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^nestjs-maintenance-mode: .*"hanging".* no answer within 100 ms\..*\n$/);
  });
});
