import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { Logger } from '@nestjs/common';
import type { MaintenanceStatus } from '../../interfaces/maintenance-status.js';
import type { ResolvedOptions } from '../../options/resolved-options.js';
import { createState, type StateParts } from '../../state/state-lifecycle.js';
import { storageLabel } from '../../state/record-repository.js';
import { describeStatus } from '../../state/state-events.js';
import { type Command, parseArguments } from './arguments.js';
import { ChildCommand } from './child-command.js';
import { HELP } from './help.js';
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
    const parts = createState(options);
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
          // On stderr: stdout is the command's.
          complain(`Maintenance is set while the command runs. Storage: ${storageLabel(options.storage)}`);
          return child.run();
        };
        return await service.run(work, { ...command.options, by });
      } catch (error) {
        if (!isSet || service.status(command.options.scope).state === 'off') throw error;
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
    // The end of the input is a no.
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
  const manifest = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
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

/** Warnings of the state's own making; a command says the rest itself, and an error is thrown as well. */
const stderrLogger = {
  log: (): void => undefined,
  warn: (message: unknown): void => complain(String(message)),
  error: (): void => undefined,
};
