import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { now } from './clock.js';
import type { Entry, Seen } from './history.js';
import type { Command, WorkerSettings } from './worker.js';

/** Compiled: `tsc -p test/checker/tsconfig.json`. Two levels up, from here and from where this is compiled to. */
const SCRIPT = fileURLToPath(new URL('../../dist-checker/checker/worker.js', import.meta.url));

type Place = Omit<WorkerSettings, 'process' | 'seed'>;

/** A process that can be stopped where it stands, killed, and started again under a new name. */
export class ProcessUnderTest {
  readonly exits: Entry[] = [];
  #child: ChildProcess | null = null;
  /** Rejects when this life ends. */
  #ended: Promise<never> = Promise.reject(new Error('It was never started.'));
  #lives = 0;
  #asked = 0;
  readonly #answers = new Map<number, (statuses: readonly Seen[]) => void>();

  constructor(
    readonly name: string,
    private readonly place: Place,
    private readonly seed: number,
  ) {
    this.#ended.catch(() => undefined);
  }

  /** Of this life. */
  get process(): string {
    return `${this.name}.${this.#lives}`;
  }

  get isRunning(): boolean {
    return this.#child !== null;
  }

  /** Resolves once it has booted. */
  async start(): Promise<void> {
    this.#lives += 1;
    const settings: WorkerSettings = { ...this.place, process: this.process, seed: this.seed + this.#lives };
    const child = fork(SCRIPT, [JSON.stringify(settings)], { execArgv: ['--no-warnings'] });
    this.#child = child;
    const { process } = this;
    child.on('message', ({ id, statuses }: { id: number; statuses: readonly Seen[] }) => {
      this.#answers.get(id)?.(statuses);
      this.#answers.delete(id);
    });
    child.once('exit', (code, signal) => {
      if (this.#child === child) this.#child = null;
      this.exits.push({ kind: 'exited', at: now(), process, how: String(code ?? signal) });
    });
    this.#ended = once(child, 'exit').then(([code, signal]) =>
      Promise.reject(new Error(`${process} has ended with ${code ?? signal}`)),
    );
    await Promise.race([new Promise((resolve) => this.#answers.set(0, resolve)), this.#ended]);
  }

  /** Resolves to what it shows, once it has done what it was told. */
  async tell(command: Command): Promise<readonly Seen[]> {
    const child = this.#child;
    if (child === null) throw new Error(`${this.name} does not run.`);
    this.#asked += 1;
    const id = this.#asked;
    const answer = new Promise<readonly Seen[]>((resolve) => this.#answers.set(id, resolve));
    child.send({ id, command });
    return Promise.race([answer, this.#ended]);
  }

  freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child?.kill('SIGCONT');
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    this.#child = null;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }
}
