import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';

/** The signals with which a terminal, a supervisor or a person ends a program. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;
type Signal = (typeof SIGNALS)[number];

/** The exit status of shells for a command that does not exist, or cannot be executed. */
const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;

/**
 * Runs a command and passes signals on to it, so that this process can restore the state afterwards. After the first signal no
 * command is started.
 */
export class ChildCommand {
  #interrupted: Signal | null = null;
  #pass: ((signal: Signal) => void) | null = null;
  readonly #listeners = SIGNALS.map((signal) => [signal, () => this.#receive(signal)] as const);

  constructor(private readonly command: readonly string[]) {
    for (const [signal, listener] of this.#listeners) process.on(signal, listener);
  }

  /** Resolves to the exit status; after a signal, 128 plus its number, as in shells. */
  async run(): Promise<number> {
    if (this.#interrupted !== null) return statusOfSignal(this.#interrupted);
    const [program = '', ...args] = this.command;
    try {
      return await this.#statusOf(spawn(program, args, { stdio: 'inherit' }));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      const why = isMissing ? 'there is no such command' : reason;
      process.stderr.write(`nestjs-maintenance-mode: ${JSON.stringify(program)} cannot be started: ${why}\n`);
      return isMissing ? NOT_FOUND : NOT_EXECUTABLE;
    }
  }

  #statusOf(child: ChildProcess): Promise<number> {
    this.#pass = (signal) => child.kill(signal);
    return new Promise((resolve, reject) => {
      // A signal that may not be sent is an `error` as well, but the command goes on.
      child.on('error', (error) => {
        if (child.pid === undefined) reject(error);
      });
      child.once('exit', (code, signal) => resolve(code ?? statusOfSignal(signal)));
    });
  }

  /** Lets signals end this process again. */
  release(): void {
    for (const [signal, listener] of this.#listeners) process.off(signal, listener);
  }

  #receive(signal: Signal): void {
    this.#interrupted ??= signal;
    // A terminal sends Ctrl-C and Ctrl-\ to the command as well; a second signal could interrupt its clean-up.
    const sentToAll = process.stdin.isTTY && (signal === 'SIGINT' || signal === 'SIGQUIT');
    if (!sentToAll) this.#pass?.(signal);
  }
}

function statusOfSignal(signal: NodeJS.Signals | null): number {
  return 128 + (signal === null ? 0 : constants.signals[signal]);
}
