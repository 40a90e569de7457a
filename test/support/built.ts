import { type ChildProcess, execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PROCESSES = new URL('processes/', import.meta.url);
const DIST = new URL('../../dist/', import.meta.url);

/** Processes of their own run the built package, as an application does. */
export function scriptOf(name: string): string {
  if (!existsSync(fileURLToPath(new URL('index.js', DIST)))) {
    throw new Error('dist/index.js is missing: run "npm run build" first.');
  }
  return fileURLToPath(new URL(`${name}.mjs`, PROCESSES));
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a script of `processes/` until it ends by itself. */
export async function runBuilt(name: string, ...args: string[]): Promise<Ended> {
  // A process that does not end must not outlive the test either. It bounds a hang, not how slow a machine may be.
  const limits = { timeout: 120_000, killSignal: 'SIGKILL' } as const;
  // Node's test runner would report to the runner of a process that it believes to be its parent.
  const { NODE_TEST_CONTEXT: _, NODE_OPTIONS: __, ...env } = process.env;
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [scriptOf(name), ...args],
      { env, ...limits },
      (_error, stdout, stderr) => resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}

/** Starts a script of `processes/`, and waits until it says that it is at work. */
export async function startBuilt(name: string, ...args: string[]): Promise<ChildProcess> {
  const child = fork(scriptOf(name), args, { execArgv: [] });
  await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`${name} has ended with ${code}`))),
  ]);
  return child;
}

/** Kills without a chance to tidy up (`kill -9`), and waits until it is gone. */
export async function killBuilt(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
