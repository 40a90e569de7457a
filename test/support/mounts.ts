import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import { type Describe, describeWith } from './programs.js';

function canMount(): boolean {
  try {
    execFileSync('unshare', ['--mount', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** `describe` for tests that mount files; skips where this is not allowed, but in CI. */
export const describeWithMounts: Describe = describeWith(
  'No mounts (unshare --mount is not allowed, or not there)',
  canMount() ? 'unshare' : undefined,
);

/** Runs a script of the shell whose mounts only it sees. */
export async function runWithMounts(
  script: string,
  ...args: string[]
): Promise<{ stdout: string; stderr: string }> {
  return promisify(execFile)('unshare', ['--mount', 'sh', '-ec', script, 'sh', ...args], { timeout: 60_000 });
}
