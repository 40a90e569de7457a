import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { win32 } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { EnableOptions } from '../interfaces/maintenance-status.js';
import type { Environment } from '../options/environment.js';
import {
  changeAnswer,
  decidingStatus,
  historyAnswer,
  listAnswer,
  neverOn,
  NO_END,
  offAnswer,
  scopeName,
  statusAnswer,
} from './answers.js';
import type { Command } from './arguments.js';
import type { Instances } from './instances.js';
import { type KnownStatus, type Statuses, statusOfScope, type Target } from './target.js';
import { complain, isConfirmed, messageOf, print } from './terminal.js';

const EXIT_STATUS = { off: 0, active: 10, scheduled: 11 } as const;
export const FAILURE = 1;

type StateCommand = Exclude<Command, { readonly name: 'page' }>;

/** Does what the command says and prints the answer. Resolves to the exit status. */
export async function perform(command: StateCommand, context: CommandContext): Promise<number> {
  const { target, author } = context;
  switch (command.name) {
    case 'on':
      return turnOn(command, context);
    case 'off': {
      if (command.interactive && !(await isAgreed('Turn maintenance off?'))) return FAILURE;
      const options = { ...author, ...command.options };
      const change = await target.disable(options);
      const hint = await neverOnHint(options.scope, change.before, target);
      return answer(offAnswer(change, options, hint, target));
    }
    case 'status': {
      const { scope } = command;
      const statuses = await target.read();
      const status = decidingStatus(statuses, scope);
      if (command.json) return answerJson({ ...status, ...target.identity }, EXIT_STATUS[status.state]);
      const hint = await neverOnHint(scope, statuses, target);
      return answer(statusAnswer(statuses, scope, hint, target), EXIT_STATUS[status.state]);
    }
    case 'list': {
      const statuses = await target.read();
      return command.json ? answerJson(statuses) : answer(listAnswer(statuses, target));
    }
    case 'update': {
      const present = await demandOn(command.changes.scope, target);
      const options = { ...author, ...command.changes, ...endAfter(command.lastsMs, present) };
      return answer(changeAnswer(await target.update(options), options.scope, target));
    }
    case 'extend': {
      const options = { ...author, ...command.options };
      await demandOn(options.scope, target);
      return answer(changeAnswer(await target.extend(command.ms, options), options.scope, target));
    }
    case 'history': {
      const changes = await target.history(command.limit);
      return command.json ? answerJson(changes) : answer(historyAnswer(changes, target));
    }
    case 'run':
      return runCommand(command.command, { ...author, ...command.options }, context);
  }
}

async function turnOn(command: StateCommand & { name: 'on' }, context: CommandContext): Promise<number> {
  const { target, instances, author } = context;
  if (command.withBypass) target.checkBypass();
  if (command.interactive && !(await isAgreed('Turn maintenance on?'))) return FAILURE;
  const options: EnableOptions = { ...author, ...command.options };
  const change = await target.enable(options);
  answer(changeAnswer(change, options.scope, target));
  if (command.withBypass) print(`Bypass, shown only now: ${await target.issueBypass(author)}`);
  if (instances === null) return 0;
  const revision = statusOfScope(change.after, options.scope)?.revision ?? 0;
  try {
    await instances.closed({ scope: options.scope, revision });
  } catch (error) {
    throw new Error(`Maintenance is on, but not all instances are closed and quiet: ${messageOf(error)}`, {
      cause: error,
    });
  }
  print(
    `Closed, with no work in flight: ${instances.count === 1 ? 'the instance' : `all ${instances.count} instances`}.`,
  );
  return 0;
}

/** @throws if nothing is on or scheduled, unless an option forces the state: then the change says so. */
async function demandOn(scope: string | null | undefined, target: Target): Promise<KnownStatus | undefined> {
  if (target.forcedBy !== null) return undefined;
  const present = statusOfScope(await target.read(), scope);
  if (present !== undefined && present.state !== 'off') return present;
  throw new Error(`Maintenance of ${scopeName(scope)} is neither on nor scheduled: turn it on with "on".`);
}

function endAfter(lastsMs: number | undefined, present: KnownStatus | undefined): { endsAt?: Date } {
  if (lastsMs === undefined) return {};
  const begins = present?.state === 'scheduled' ? present.startsAt : null;
  return { endsAt: new Date((begins?.getTime() ?? Date.now()) + lastsMs) };
}

async function isAgreed(question: string): Promise<boolean> {
  const isYes = await isConfirmed(question);
  if (isYes === null) complain('--interactive needs somebody to answer: nothing was changed.');
  if (isYes === false) complain('Not confirmed: nothing was changed.');
  return isYes === true;
}

/** What was never on may be a name that was mistyped. */
async function neverOnHint(
  scope: string | null | undefined,
  statuses: Statuses,
  target: Target,
): Promise<string | null> {
  if (scope === undefined || scope === null) return null;
  const changes = await target.history().catch(() => null);
  return changes === null ? null : neverOn(scope, statuses, changes);
}

function answer(lines: readonly string[], exitStatus = 0): number {
  print(lines.join('\n'));
  return exitStatus;
}

function answerJson(value: object, exitStatus = 0): number {
  print(JSON.stringify(value, null, 2));
  return exitStatus;
}

/** `run`: on, wait until everything is closed, the command, then the previous state. Resolves to the exit status. */
async function runCommand(
  command: readonly string[],
  options: EnableOptions,
  context: CommandContext,
): Promise<number> {
  const { target } = context;
  const child = new ChildCommand(command);
  let hasEnded = false;
  let ending = 'The command was not started.';
  try {
    return await target.run(async (revision) => {
      // On stderr: stdout belongs to the command.
      for (const line of [`Maintenance is on while the command runs. ${target.label}`, ...target.remarks])
        complain(line);
      if (options.endsAt === undefined) complain(NO_END);
      await allClosed(context, options, revision, child.interruption);
      const status = await child.run();
      hasEnded = true;
      ending = `The command has exited with ${status}.`;
      return status;
    }, options);
  } catch (error) {
    // Restoring has failed: alone, since a command that fails is no error here, or together with the work.
    if (!hasEnded && !(error instanceof AggregateError)) throw error;
    const rest = `${ending} Maintenance is still on: turn it off with "off".`;
    throw new Error(`${messageOf(error)} ${rest}`, { cause: error });
  } finally {
    child.release();
  }
}

/** @throws if an instance is not closed and quiet in time. */
async function allClosed(
  { target, instances }: CommandContext,
  { scope }: EnableOptions,
  revision: number,
  signal: AbortSignal,
): Promise<void> {
  if (instances !== null) {
    try {
      await instances.closed({ scope, revision }, signal);
    } catch (error) {
      throw new Error(`The command was not started: ${messageOf(error)}.`, { cause: error });
    }
  } else if (target.noticeMs > 0) {
    complain(
      `Waiting ${(target.noticeMs / 1000).toFixed(1)} s, until every instance has polled the state. ` +
        'Requests that began before may still be at work: --wait-for makes sure.',
    );
    await delay(target.noticeMs, undefined, { signal }).catch(() => undefined);
  }
}

/** What a command needs beside its own options. */
interface CommandContext {
  readonly target: Target;
  /** The instances to wait for, if any are named. */
  readonly instances: Instances | null;
  /** Who does it, for a storage; over the routes, the application knows. */
  readonly author: { readonly by?: string };
}

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
class ChildCommand {
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
