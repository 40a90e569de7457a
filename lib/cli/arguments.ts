import type { DisableOptions, EnableOptions, UpdateOptions } from '../interfaces/maintenance-status.js';
import { addressRange } from '../options/option-checks.js';
import { MAX_NAME_LENGTH, MAX_REASON_LENGTH } from '../state/change-options.js';
import { checkOption, integer, listOf, scopeName, string } from '../validation/values.js';
import {
  COMMAND_NAMES,
  type CommandName,
  isCommandName,
  listed,
  parseOptions,
  suggestion,
  type Values,
} from './option-table.js';
import { durationOf, timeOf, UsageError } from './terminal.js';

/** What the command line says about the place of the state. */
export interface PlaceChoice {
  readonly file: string | undefined;
  readonly config: string | undefined;
  readonly url: string | undefined;
  /** `Name: value`, for requests. */
  readonly headers: readonly string[];
}

/** The instances to wait for. Empty: the one of `--url`. */
export interface WaitChoice {
  readonly urls: readonly string[];
  readonly timeoutMs: number;
}

/** The parsed and checked command. */
export type Command = { readonly place: PlaceChoice } & (
  | {
      readonly name: 'on';
      readonly options: EnableOptions;
      readonly interactive: boolean;
      readonly withBypass: boolean;
      readonly wait: WaitChoice | null;
    }
  | { readonly name: 'off'; readonly options: DisableOptions; readonly interactive: boolean }
  | { readonly name: 'status'; readonly scope: string | undefined; readonly json: boolean }
  | { readonly name: 'list'; readonly json: boolean }
  | {
      readonly name: 'update';
      readonly changes: UpdateOptions;
      /** Milliseconds from its start, or from now if it has begun, to the end. */
      readonly lastsMs: number | undefined;
    }
  | { readonly name: 'extend'; readonly ms: number; readonly options: { scope?: string; by?: string } }
  | { readonly name: 'history'; readonly json: boolean; readonly limit: number | undefined }
  | {
      readonly name: 'run';
      readonly command: readonly string[];
      readonly options: EnableOptions;
      readonly wait: WaitChoice | null;
    }
  | { readonly name: 'page'; readonly out: string; readonly language: string | undefined }
);

export type Invocation = Command | { readonly name: 'help' } | { readonly name: 'version' };

/** How long to wait for instances without `--drain`. */
const DEFAULT_WAIT_MS = 30_000;

/** @throws UsageError, MaintenanceOptionsError */
export function parseArguments(argv: readonly string[]): Invocation {
  const end = argv.indexOf('--');
  const own = end === -1 ? argv : argv.slice(0, end);
  const command = end === -1 ? undefined : argv.slice(end + 1);
  const [name, ...rest] = own;
  if (name === undefined) throw new UsageError(`a command is missing: ${listed(COMMAND_NAMES)}`);
  if (own.includes('--help') || own.includes('-h') || name === 'help') return { name: 'help' };
  if (name === '--version' || name === 'version') return { name: 'version' };
  if (!isCommandName(name)) {
    const near = suggestion(name, [...COMMAND_NAMES, 'help', 'version']) || `: use ${listed(COMMAND_NAMES)}`;
    throw new UsageError(`${JSON.stringify(name)} is no command${near}`);
  }
  if (command !== undefined && name !== 'run') throw new UsageError(`"--" belongs to run, not to ${name}`);
  if (name === 'run' && (command ?? []).length === 0)
    throw new UsageError('run needs a command behind "--": run -- npm run migrate');
  const { values, positionals } = parseOptions(name, rest);
  return commandOf(name, values, positionals, command ?? []);
}

function commandOf(
  name: CommandName,
  values: Values,
  positionals: readonly string[],
  command: readonly string[],
): Command {
  const place = placeChoice(values);
  const { json = false, interactive = false } = values;
  switch (name) {
    case 'on': {
      const withBypass = values['with-bypass'] ?? false;
      const options = setting(values);
      return { name, options, interactive, withBypass, wait: waitChoice(values, options), place };
    }
    case 'off':
      return { name, options: offOptions(values), interactive, place };
    case 'status': {
      const { scope } = scopeAndAuthor(values);
      return { name, scope, json, place };
    }
    case 'list':
      return { name, json, place };
    case 'update':
      return { name, ...changes(values), place };
    case 'extend':
      return { name, ms: extension(positionals), options: scopeAndAuthor(values), place };
    case 'history':
      return { name, json, limit: limitOf(values.limit), place };
    case 'run': {
      const options = setting(values);
      return { name, command, options, wait: waitChoice(values, options), place };
    }
    case 'page': {
      const { out, language } = values;
      if (out === undefined || out === '') throw new UsageError('page needs the file to write: --out FILE');
      return { name, out, language, place };
    }
  }
}

function placeChoice({ file, config, url, header = [] }: Values): PlaceChoice {
  const given = { file, config, url };
  const named = (['file', 'config', 'url'] as const).filter((option) => given[option] !== undefined);
  const [first, second] = named;
  if (second !== undefined) throw new UsageError(`--${first} and --${second} exclude each other`);
  if (first !== undefined && given[first] === '') throw new UsageError(`--${first} needs a value`);
  return { ...given, headers: header };
}

function extension(positionals: readonly string[]): number {
  const [duration, more] = positionals;
  if (duration === undefined || more !== undefined)
    throw new UsageError('extend takes one duration: extend 30m');
  return durationOf(duration, 'extend');
}

function waitChoice(values: Values, { startsAt }: EnableOptions): WaitChoice | null {
  const { drain } = values;
  const urls = (values['wait-for'] ?? []).flatMap((list) => list.split(',')).map((text) => text.trim());
  if (urls.includes('')) throw new UsageError('--wait-for takes the addresses of instances: URL[,URL...]');
  if (urls.length === 0 && drain === undefined) return null;
  if (startsAt !== undefined)
    throw new UsageError('--wait-for and --drain need maintenance that begins now, without --start');
  return { urls, timeoutMs: drain === undefined ? DEFAULT_WAIT_MS : durationOf(drain, '--drain') };
}

function limitOf(limit: string | undefined): number | undefined {
  return limit === undefined ? undefined : checkOption(integer(1, 100), Number(limit), '--limit');
}

const TEXT = string({ max: MAX_REASON_LENGTH });
const NAME = string({ min: 1, max: MAX_NAME_LENGTH });

/** What `on` and `run` set. @throws UsageError, MaintenanceOptionsError */
function setting(values: Values): EnableOptions {
  const { reason, note } = values;
  const allowed = values['allow-ip'];
  const startsAt = values.start === undefined ? undefined : timeOf(values.start, '--start');
  const endsAt = endOf(values, startsAt);
  return {
    ...scopeAndAuthor(values),
    ...(reason !== undefined && { reason: checkOption(TEXT, reason, '--reason') }),
    ...(note !== undefined && { note: checkOption(TEXT, note, '--note') }),
    ...(startsAt !== undefined && { startsAt }),
    ...(endsAt !== undefined && { endsAt }),
    ...(values.announce !== undefined && { announceFrom: timeOf(values.announce, '--announce') }),
    ...(values['read-only'] === true && { mode: 'read-only' as const }),
    ...(allowed !== undefined && { allow: { ipAddresses: addresses(allowed) } }),
  };
}

/**
 * What `update` changes: `never` takes an end away, and an empty text a reason or a note. `--for` without `--start` counts from
 * the start that is set.
 */
function changes(values: Values): { changes: UpdateOptions; lastsMs: number | undefined } {
  const { full = false, end, reason, note } = values;
  if (full && values['read-only'] === true) throw new UsageError('--full and --read-only exclude each other');
  const endless = end === 'never';
  if (endless && values.for !== undefined) throw new UsageError('--end and --for exclude each other');
  const { end: _, for: duration, ...others } = values;
  const lastsMs =
    duration === undefined || end !== undefined || values.start !== undefined
      ? undefined
      : durationOf(duration, '--for');
  const result = {
    ...setting(endless || lastsMs !== undefined ? others : values),
    ...(endless && { endsAt: null }),
    ...(reason === '' && { reason: null }),
    ...(note === '' && { note: null }),
    ...(full && { mode: 'full' as const }),
  };
  if (lastsMs === undefined && Object.keys(result).every((member) => member === 'scope' || member === 'by'))
    throw new UsageError('update needs something to change, such as --reason, --end or --full');
  return { changes: result, lastsMs };
}

function offOptions(values: Values): DisableOptions {
  const { all = false, scope, note } = values;
  if (all && scope !== undefined) throw new UsageError('--all and --scope exclude each other');
  return {
    ...scopeAndAuthor(values),
    ...(all && { all }),
    ...(note !== undefined && { note: checkOption(TEXT, note, '--note') }),
  };
}

function scopeAndAuthor({ scope, by }: Values): { scope?: string; by?: string } {
  return {
    ...(scope !== undefined && { scope: checkOption(scopeName, scope, '--scope') }),
    ...(by !== undefined && { by: checkOption(NAME, by, '--by') }),
  };
}

function endOf(values: Values, startsAt: Date | undefined): Date | undefined {
  const { end, for: duration } = values;
  if (end !== undefined && duration !== undefined) throw new UsageError('--end and --for exclude each other');
  if (end !== undefined) return timeOf(end, '--end');
  if (duration === undefined) return undefined;
  return new Date((startsAt?.getTime() ?? Date.now()) + durationOf(duration, '--for'));
}

function addresses(given: string[]): string[] {
  checkOption(listOf(addressRange), given, '--allow-ip');
  return given;
}
