import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Ended } from './built.js';
import { FileStorage, type MaintenanceStatus } from '../../lib/index.js';
import { bootContext } from './state-context.js';
import { makeDirectory } from './temporary-directory.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CLI = join(ROOT, 'dist/cli.js');

const running = new Set<ChildProcessWithoutNullStreams>();

/** The command line as a process of its own, at work. */
export interface RunningCommand {
  readonly process: ChildProcessWithoutNullStreams;
  /** Resolves once it has printed this. */
  readonly printed: (text: string) => Promise<void>;
  /** What it has printed there until now. */
  readonly stderr: () => string;
  /** Resolves once it and all that it has started are gone. */
  readonly ended: Promise<Ended>;
  /** Ends its input, and waits. */
  readonly end: () => Promise<Ended>;
}

/** Starts the built command line in a directory. Its input stays open until `end`. */
export function startCommand(directory: string, ...args: string[]): RunningCommand {
  if (!existsSync(CLI)) throw new Error(`${CLI} is missing: run "npm run build" first.`);
  const { NODE_OPTIONS: _, ...env } = process.env;
  const child = spawn(process.execPath, [CLI, ...args], { cwd: directory, env });
  running.add(child);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  // It may have ended without having read its input.
  child.stdin.on('error', () => undefined);
  const ended = once(child, 'close').then(() => {
    running.delete(child);
    return { code: child.exitCode, stdout, stderr };
  });
  const printed = async (text: string): Promise<void> => {
    await new Promise<void>((resolve, reject) => {
      const look = (): void => void (stdout.includes(text) && resolve());
      child.stdout.on('data', look);
      child.once('close', () => reject(new Error(`It has ended without "${text}": ${stdout}${stderr}`)));
      look();
    });
  };
  return {
    process: child,
    printed,
    stderr: () => stderr,
    ended,
    end: async () => {
      child.stdin.end();
      return ended;
    },
  };
}

/** Runs the built command line in a directory until it ends. */
export async function command(directory: string, ...args: string[]): Promise<Ended> {
  return startCommand(directory, ...args).end();
}

/** Runs it with an answer to what it asks. */
export async function answered(directory: string, answer: string, ...args: string[]): Promise<Ended> {
  const started = startCommand(directory, ...args);
  started.process.stdin.write(answer);
  return started.end();
}

/** For `afterEach`: ends what the test has left behind. */
export async function killCommands(): Promise<void> {
  await Promise.all(
    [...running].map(async (child) => {
      const closed = once(child, 'close');
      child.kill('SIGKILL');
      child.stdin.destroy();
      await closed;
    }),
  );
}

/** What the default file of a directory says to an application; `closeContexts` closes it. */
export async function stateIn(directory: string, scope?: string): Promise<MaintenanceStatus> {
  const storage = new FileStorage({ path: join(directory, 'maintenance-state.json') });
  const { maintenance } = await bootContext({ storage });
  return maintenance.status(scope);
}

/** A directory in which this package is installed, so that a configuration file can import it. */
export async function makeProject(): Promise<string> {
  const directory = await makeDirectory();
  await mkdir(join(directory, 'node_modules'));
  await symlink(ROOT, join(directory, 'node_modules/nestjs-maintenance-mode'));
  return directory;
}
