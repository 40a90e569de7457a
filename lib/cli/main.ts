import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { userInfo } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { Logger } from '@nestjs/common';
import type { MaintenanceStatus } from '../interfaces/maintenance-status.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
import { createState, type StateParts } from '../state/state-lifecycle.js';
import { storageLabel } from '../state/record-repository.js';
import { describeStatus } from '../state/describe-status.js';
import { type Command, parseArguments } from './arguments.js';
import { ChildCommand } from './child-command.js';
import { loadOptions } from './load-options.js';

const EXIT_STATUS = { off: 0, active: 10, scheduled: 11 } as const;
const FAILURE = 1;

/** The command line. Resolves to the exit status; an error is one line on stderr. */
export async function main(argv: readonly string[]): Promise<number> {
  Logger.overrideLogger(stderrLogger);
  try {
    const invocation = parseArguments(argv);
    if (invocation.name === 'help') return print(HELP.trimEnd());
    if (invocation.name === 'version') return print(version());
    const options = await loadOptions(invocation.storage);
    const parts = createState(options, 'cli');
    try {
      return await perform(invocation, parts, options);
    } finally {
      await parts.lifecycle.beforeApplicationShutdown();
    }
  } catch (error) {
    complain(messageOf(error));
    return FAILURE;
  }
}

async function perform(command: Command, { service }: StateParts, options: ResolvedOptions): Promise<number> {
  const by = userName();
  switch (command.name) {
    case 'on':
      if (command.interactive && !(await isConfirmed('Turn maintenance on?')))
        return print('Nothing was changed.');
      return report(await service.enable({ ...command.options, by }), options);
    case 'off': {
      const scope = command.scope === undefined ? {} : { scope: command.scope };
      if (command.interactive && !(await isConfirmed('Turn maintenance off?')))
        return print('Nothing was changed.');
      return report(await service.disable({ ...scope, by }), options);
    }
    case 'status': {
      await service.refresh();
      const status = service.status(command.scope);
      if (command.json) print(JSON.stringify({ ...status, storage: storageLabel(options.storage) }, null, 2));
      else report(status, options);
      return EXIT_STATUS[status.state];
    }
    case 'run': {
      const child = new ChildCommand(command.command);
      let isSet = false;
      try {
        const work = (): Promise<number> => {
          isSet = true;
          // On stderr: stdout belongs to the command.
          complain(`Maintenance is set while the command runs. Storage: ${storageLabel(options.storage)}`);
          return child.run();
        };
        return await service.run(work, { ...command.options, by });
      } catch (error) {
        if (!isSet || service.status(command.options.scope ?? undefined).state === 'off') throw error;
        throw new Error(`${messageOf(error)} Maintenance is still set: turn it off with "off".`, {
          cause: error,
        });
      } finally {
        child.release();
      }
    }
  }
}

function report(status: MaintenanceStatus, options: ResolvedOptions): number {
  const scope = status.scope === null ? '' : ` of ${JSON.stringify(status.scope)}`;
  const forced = options.enabled === undefined ? '' : ' (forced by the "enabled" option)';
  return print(
    `Maintenance${scope} is ${describeStatus(status)}${forced}. Storage: ${storageLabel(options.storage)}`,
  );
}

async function isConfirmed(question: string): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    // The end of the input counts as no.
    const closed = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
    return /^y/i.test(await Promise.race([lines.question(`${question} (y/N) `), closed]));
  } finally {
    lines.close();
  }
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'command line';
  }
}

function version(): string {
  const manifest = readFileSync(
    createRequire(import.meta.url).resolve('nestjs-maintenance-mode/package.json'),
    'utf8',
  );
  return (JSON.parse(manifest) as { version: string }).version;
}

function print(text: string): 0 {
  process.stdout.write(`${text}\n`);
  return 0;
}

/** A line on stderr. */
function complain(text: string): void {
  process.stderr.write(`nestjs-maintenance-mode: ${text.replaceAll(/\s*\n\s*/g, ' ')}\n`);
}

function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return [error.message, ...error.errors.map(messageOf)].join(' ');
  return error instanceof Error ? error.message : String(error);
}

/** Prints warnings only: commands report the result themselves, and errors are thrown as well. */
const stderrLogger = {
  log: (): void => undefined,
  warn: (message: unknown): void => complain(String(message)),
  error: (): void => undefined,
};

export const HELP = `Usage: nestjs-maintenance-mode COMMAND [OPTIONS]

Turns maintenance mode on and off, in the storage that the application uses. The application is not started.

Commands
  on                turn it on now, or plan it with --start
  off               turn it off now; what was planned is cancelled
  status            say whether it is on; exits with 0 (off), 10 (active) or 11 (scheduled)
  run -- COMMAND    turn it on, run COMMAND, then restore what was before; exits with COMMAND's status

Options of on and run
  --reason TEXT     shown to visitors
  --start TIME      when it begins, such as 2026-11-21T03:00:00Z or 2026-11-21T03:00:00+01:00; without it: now
  --end TIME        when it ends by itself, written likewise; without it: when it is turned off
  --for DURATION    how long it lasts, in place of --end: 90s, 30m, 1h30m, 2d
  --read-only       block only what changes something (all but GET, HEAD and OPTIONS)

Other options
  --scope NAME      only the parts that are marked with @MaintenanceScope('NAME')
  --interactive     on and off: ask before anything is changed
  --json            status: as JSON
  --help, --version

Where the state is kept; every answer of on, off and status names it
  --file PATH       in this file
  --config FILE     where the "storage" option in the default export of this module says
                    (default: maintenance.config.js or maintenance.config.mjs, where there is one)
  without them      in maintenance-state.json in this directory: the application's own, if it runs here

An error exits with 1 and says what was wrong in one line.

Examples
  npx nestjs-maintenance-mode on --for 30m --reason 'We are moving to a faster database.'
  npx nestjs-maintenance-mode run --for 2h -- npm run migrate
`;
