import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const RUN = fileURLToPath(new URL('run.mjs', import.meta.url));

/** The short form; `npm run test:soak` is the long one. */
describe('While maintenance is turned on and off, every request is answered in full and only open handlers run', () => {
  it.each(['express', 'fastify'])(
    '%s',
    async (adapter) => {
      const args = [RUN, '--adapter', adapter, '--requests', '3000', '--quiet'];
      const output = await new Promise<string>((resolve) => {
        execFile(process.execPath, args, (error, stdout) => resolve(error ? `FAILED\n${stdout}` : stdout));
      });
      expect(output).not.toContain('FAILED');
      expect(output).toContain(' 0 violations');
    },
    600_000,
  );
});
