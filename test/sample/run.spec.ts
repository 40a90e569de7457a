import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SAMPLES = readdirSync(`${ROOT}sample`).filter((name) => /^\d\d-/.test(name));

/** What follows the build in `npm run sample`. */
async function runSample(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [`${ROOT}sample/run.mjs`, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  await once(child, 'close');
  return { code: child.exitCode, output };
}

describe('npm run sample', () => {
  it('lists the samples if it is given no number, or an unknown one', async () => {
    for (const args of [[], ['99']]) {
      const { code, output } = await runSample(args);
      expect(code).toBe(1);
      for (const name of SAMPLES) expect(output).toContain(name);
    }
  });

  it('says that a sample does not have such a program', async () => {
    const { code, output } = await runSample(['08', 'server']);
    expect(code).toBe(1);
    expect(output).toContain('sample/08-websockets/README.md');
  });

  it('runs the named program, and ends with its exit status', async () => {
    // Nothing listens on port 1, so the client fails.
    const { code, output } = await runSample(['09', 'client'], { TCP_PORT: '1' });
    expect(code).toBe(1);
    expect(output).toContain('ECONNREFUSED');
  });

  it.each(SAMPLES)('%s says in its README how to run it', (name) => {
    const readme = readFileSync(`${ROOT}sample/${name}/README.md`, 'utf8');
    const number = name.slice(0, 2);
    expect(readme).toMatch(/^# \S/);
    expect(readme).toContain(number === '01' ? 'npm start' : `npm run sample ${number}`);
    expect(readme).toContain('| look at');
  });
});
