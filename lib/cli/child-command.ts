import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { win32 } from 'node:path';
import type { Environment } from '../options/environment.js';
import { complain } from './terminal.js';

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
      // A signal that may not be sent is an `error` too, but the command keeps running.
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

/** What to give to `spawn`. */
export interface SpawnLine {
  readonly program: string;
  readonly args: readonly string[];
  /** The arguments are a command line of cmd.exe, which Node must not quote again. */
  readonly isVerbatim: boolean;
}

const DEFAULT_EXTENSIONS = '.COM;.EXE;.BAT;.CMD';

/**
 * How to start a command on Windows. There `npm` and most tools are batch files (`npm.cmd`): only cmd.exe runs them, and Node
 * finds none of them by its name without the extension.
 *
 * @throws for an argument that no batch file can receive.
 */
export function windowsCommand(
  [name = '', ...args]: readonly string[],
  env: Environment,
  exists: (path: string) => boolean = existsSync,
): SpawnLine {
  const file = findProgram(name, env, exists) ?? name;
  if (!/\.(?:bat|cmd)$/i.test(file)) return { program: file, args, isVerbatim: false };
  const line = [file, ...args].map(quotedForBatch).join(' ');
  // /e:on: the expansion that stands for a percent sign; /v:off: exclamation marks stay; /d: no AutoRun of the registry.
  const program = variable(env, 'COMSPEC') ?? 'cmd.exe';
  return { program, args: ['/e:on', '/v:off', '/d', '/s', '/c', `"${line}"`], isVerbatim: true };
}

/** Looks where cmd.exe looks: in the directories of PATH, with the extensions of PATHEXT. */
function findProgram(name: string, env: Environment, exists: (path: string) => boolean): string | undefined {
  const extensions = (variable(env, 'PATHEXT') ?? DEFAULT_EXTENSIONS)
    .split(';')
    .filter((text) => text !== '');
  const endings = win32.extname(name) === '' ? extensions : ['', ...extensions];
  const isPath = /[\\/:]/.test(name);
  const directories = isPath ? [''] : ['.', ...(variable(env, 'PATH') ?? '').split(';')];
  return directories
    .map((directory) => directory.replaceAll('"', ''))
    .flatMap((directory) => endings.map((ending) => win32.join(directory, `${name}${ending}`)))
    .find((path) => exists(path));
}

/** Names of variables have no case on Windows. */
function variable(env: Environment, name: string): string | undefined {
  const key = Object.keys(env).find((candidate) => candidate.toUpperCase() === name);
  return key === undefined ? undefined : env[key];
}

/**
 * In quotation marks nothing is special to cmd.exe but the mark itself, which is doubled, and the percent sign, before which an
 * expansion to nothing keeps a variable's name from being complete. So it stays, too, when the batch file passes `%*` on.
 */
function quotedForBatch(text: string): string {
  if (/[\r\n\0]/.test(text))
    throw new Error('A line break in an argument cannot be passed to a batch file of Windows');
  const escaped = text.replaceAll('"', '""').replaceAll('%', '%%cd:~,%');
  return `"${escaped.replace(/\\+$/, '$&$&')}"`;
}
