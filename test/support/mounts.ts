import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import { type Describe } from './programs.js';

/** From where Jest puts it. */
declare const describe: Describe & { readonly skip: Describe };

/** Namespaces whose mounts only their processes see: for root, and for other users where the system allows it. */
const ATTEMPTS = [['--mount'], ['--mount', '--map-root-user']];
const flags = ATTEMPTS.find(canMount);

function canMount(attempt: readonly string[]): boolean {
  try {
    execFileSync('unshare', [...attempt, 'sh', '-ec', 'mount --bind / /'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** `describe` for tests that mount files. Skips where the system does not allow it, also in CI: nothing can be installed for it. */
export const describeWithMounts: Describe = (name, body) => {
  if (flags === undefined)
    process.stderr.write(`No mounts (unshare --mount is refused): SKIPPING "${name}".\n`);
  (flags === undefined ? describe.skip : describe)(name, body);
};

/** Runs a script of the shell whose mounts only it sees. */
export async function runWithMounts(
  script: string,
  ...args: string[]
): Promise<{ stdout: string; stderr: string }> {
  const limits = { timeout: 60_000, killSignal: 'SIGKILL' } as const;
  return promisify(execFile)('unshare', [...(flags ?? []), 'sh', '-ec', script, 'sh', ...args], limits);
}
