import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { complain } from './terminal.js';
import { windowsCommand } from './windows-command.js';

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
  readonly #interruption = new AbortController();
  readonly #listeners = SIGNALS.map((signal) => [signal, () => this.#receive(signal)] as const);

  /** Aborted by the first signal. */
  readonly interruption: AbortSignal = this.#interruption.signal;

  constructor(private readonly command: readonly string[]) {
    for (const [signal, listener] of this.#listeners) process.on(signal, listener);
  }

  /** Resolves to the exit status; after a signal, 128 plus its number, as in shells. */
  async run(): Promise<number> {
    if (this.#interrupted !== null) return statusOfSignal(this.#interrupted);
    try {
      return await this.#statusOf(this.#spawn());
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      const why = isMissing ? 'there is no such command' : reason;
      complain(`${JSON.stringify(this.command[0])} cannot be started: ${why}`);
      return isMissing ? NOT_FOUND : NOT_EXECUTABLE;
    }
  }

  #spawn(): ChildProcess {
    const [name = '', ...rest] = this.command;
    const { program, args, isVerbatim } =
      process.platform === 'win32'
        ? windowsCommand(this.command, process.env)
        : { program: name, args: rest, isVerbatim: false };
    return spawn(program, args, { stdio: 'inherit', windowsVerbatimArguments: isVerbatim });
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
    this.#interruption.abort();
    // A terminal sends Ctrl-C and Ctrl-\ to the command as well; a second signal could interrupt its clean-up.
    const sentToAll = process.stdin.isTTY && (signal === 'SIGINT' || signal === 'SIGQUIT');
    if (!sentToAll) this.#pass?.(signal);
  }
}

function statusOfSignal(signal: NodeJS.Signals | null): number {
  return 128 + (signal === null ? 0 : constants.signals[signal]);
}
