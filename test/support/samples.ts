import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Readable } from 'node:stream';

const SAMPLES = new URL('../../dist-sample/', import.meta.url);

type Sample = ChildProcessByStdio<null, Readable, Readable>;

const running = new Set<Sample>();

/** A compiled sample as a process of its own. */
export interface RunningSample {
  /** What of its output `ready` has matched. */
  readonly said: readonly string[];
  /** What it has printed, until now. */
  readonly output: () => string;
  /** Asks it to end, and resolves to how it did. */
  readonly stop: () => Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** What a sample that ended has printed and returned. */
export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** Starts a sample and resolves once it has printed what `ready` matches. */
export async function startSample(
  name: string,
  directory: string,
  ready: RegExp,
  port = 0,
): Promise<RunningSample> {
  const { child, output } = launch(name, directory, port);
  const said = await printed(child, output, ready);
  if (said.length === 0) throw new Error(`It has not said what to open:\n${output()}`);
  return {
    said,
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
export async function runSample(name: string, directory: string, port: number): Promise<Ended> {
  const { child, output } = launch(name, directory, port);
  const [code] = (await once(child, 'close')) as [number | null];
  running.delete(child);
  return { code, output: output() };
}

/** For `afterEach`: ends what the test has left behind. */
export async function killSamples(): Promise<void> {
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

function launch(name: string, cwd: string, port: number): { child: Sample; output: () => string } {
  const main = fileURLToPath(new URL(`${name}/main.js`, SAMPLES));
  if (!existsSync(main)) throw new Error(`${main} is missing: "npm test" builds it.`);
  const env = { ...process.env, PORT: String(port), NO_COLOR: '1' };
  const child = spawn(process.execPath, [main], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
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
