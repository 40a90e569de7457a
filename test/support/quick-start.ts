import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Readable } from 'node:stream';

const MAIN = fileURLToPath(new URL('../../dist-sample/01-quick-start/main.js', import.meta.url));

type Sample = ChildProcessByStdio<null, Readable, Readable>;

const running = new Set<Sample>();

/** The compiled sample as a process of its own. */
export interface QuickStart {
  readonly url: string;
  readonly password: string;
  /** What it has printed, until now. */
  output(): string;
  /** Asks it to end, and resolves to how it did. */
  stop(): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** What a sample that ended has printed and returned. */
export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** Starts the sample and resolves once it says what to open. */
export async function startQuickStart(directory: string, port = 0): Promise<QuickStart> {
  const { child, output } = launch(directory, port);
  const [, url, password] = await printed(
    child,
    output,
    /open: (http\S+)[^]*password of this run: (\S+)[^]*Ctrl\+C/,
  );
  if (url === undefined || password === undefined)
    throw new Error(`It has not said what to open:\n${output()}`);
  return {
    url,
    password,
    output,
    stop: async () => {
      const exit = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
      child.kill('SIGTERM');
      const [code, signal] = await exit;
      running.delete(child);
      return { code, signal };
    },
  };
}

/** Starts a sample that is expected to end by itself. */
export async function runQuickStart(directory: string, port: number): Promise<Ended> {
  const { child, output } = launch(directory, port);
  const [code] = (await once(child, 'close')) as [number | null];
  running.delete(child);
  return { code, output: output() };
}

/** For `afterEach`: ends what the test has left behind. */
export async function killQuickStarts(): Promise<void> {
  const left = [...running];
  running.clear();
  await Promise.all(
    left.map(async (child) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
    }),
  );
}

function launch(cwd: string, port: number): { child: Sample; output: () => string } {
  if (!existsSync(MAIN)) throw new Error(`${MAIN} is missing: "npm test" builds it, or "npm run pretest".`);
  const env = { ...process.env, PORT: String(port), NO_COLOR: '1' };
  const child = spawn(process.execPath, [MAIN], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  }
  return { child, output: () => text };
}

/** Waits for a text, or for the end of the process, which then has not printed it. */
async function printed(child: Sample, output: () => string, text: RegExp): Promise<readonly string[]> {
  return new Promise((resolve) => {
    const look = (): void => {
      const found = text.exec(output());
      if (found) resolve(found);
    };
    child.stdout.on('data', look);
    child.once('close', () => resolve([]));
  });
}
