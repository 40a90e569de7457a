import { parseArgs, type ParseArgsConfig } from 'node:util';
import type { EnableOptions } from '../interfaces/maintenance-status.js';
import { MAX_REASON_LENGTH } from '../state/record-members.js';
import { parseIsoDate } from '../state/window.js';
import { checkOption, scopeName, string } from '../validation/check.js';

/** The storage that the command line names. */
export interface StorageChoice {
  readonly file: string | undefined;
  readonly config: string | undefined;
}

/** The parsed and checked command. */
export type Command = { readonly storage: StorageChoice } & (
  | { readonly name: 'on'; readonly interactive: boolean; readonly options: EnableOptions }
  | { readonly name: 'off'; readonly interactive: boolean; readonly scope: string | undefined }
  | { readonly name: 'status'; readonly json: boolean; readonly scope: string | undefined }
  | { readonly name: 'run'; readonly command: readonly string[]; readonly options: EnableOptions }
);

export type Invocation = Command | { readonly name: 'help' } | { readonly name: 'version' };

const STORAGE = { file: { type: 'string' }, config: { type: 'string' } } as const;
const SCOPE = { scope: { type: 'string' } } as const;
const WINDOW = {
  reason: { type: 'string' },
  start: { type: 'string' },
  end: { type: 'string' },
  for: { type: 'string' },
  'read-only': { type: 'boolean' },
} as const;
const INTERACTIVE = { interactive: { type: 'boolean' } } as const;
const JSON_OUTPUT = { json: { type: 'boolean' } } as const;

/** @throws UsageError */
export function parseArguments(argv: readonly string[]): Invocation {
  const end = argv.indexOf('--');
  const own = end === -1 ? argv : argv.slice(0, end);
  const command = end === -1 ? undefined : argv.slice(end + 1);
  const [name, ...rest] = own;
  if (name === undefined) throw new UsageError('a command is missing: on, off, status or run');
  if (own.includes('--help') || own.includes('-h') || name === 'help') return { name: 'help' };
  if (name === '--version' || name === 'version') return { name: 'version' };
  if (command !== undefined && name !== 'run') throw new UsageError(`"--" belongs to run, not to ${name}`);
  switch (name) {
    case 'on':
      return parseOn(rest);
    case 'off':
      return parseOff(rest);
    case 'status':
      return parseStatus(rest);
    case 'run':
      return parseRun(rest, command ?? []);
    default:
      throw new UsageError(`"${name}" is no command: use on, off, status or run`);
  }
}

function parseOn(rest: string[]): Command {
  const { interactive = false, ...values } = parse(rest, { ...STORAGE, ...SCOPE, ...WINDOW, ...INTERACTIVE });
  return { name: 'on', interactive, options: enableOptions(values), storage: storageChoice(values) };
}

function parseOff(rest: string[]): Command {
  const window = ['start', 'end', 'for'].find((name) =>
    rest.some((text) => text.split('=', 1)[0] === `--${name}`),
  );
  if (window !== undefined)
    throw new UsageError(`--${window} belongs to on: off turns maintenance off at once`);
  const { interactive = false, scope, ...values } = parse(rest, { ...STORAGE, ...SCOPE, ...INTERACTIVE });
  checkScope(scope);
  return { name: 'off', interactive, scope, storage: storageChoice(values) };
}

function parseStatus(rest: string[]): Command {
  const { json = false, scope, ...values } = parse(rest, { ...STORAGE, ...SCOPE, ...JSON_OUTPUT });
  checkScope(scope);
  return { name: 'status', json, scope, storage: storageChoice(values) };
}

function parseRun(rest: string[], command: readonly string[]): Command {
  if (command.length === 0) throw new UsageError('run needs a command behind "--": run -- npm run migrate');
  const values = parse(rest, { ...STORAGE, ...SCOPE, ...WINDOW });
  return { name: 'run', command, options: enableOptions(values), storage: storageChoice(values) };
}

function parse<const T extends NonNullable<ParseArgsConfig['options']>>(args: string[], options: T) {
  try {
    return parseArgs({ args, options, allowPositionals: false }).values;
  } catch (error) {
    // Node adds advice about positional arguments, which these commands do not take.
    const message = error instanceof Error ? error.message : String(error);
    throw new UsageError(message.split(/\. (?:To|This) /, 1)[0] ?? '');
  }
}

function storageChoice({
  file,
  config,
}: {
  file?: string | undefined;
  config?: string | undefined;
}): StorageChoice {
  if (file !== undefined && config !== undefined)
    throw new UsageError('--file and --config exclude each other');
  if (file === '' || config === '') throw new UsageError('--file and --config need a path');
  return { file, config };
}

interface WindowValues {
  readonly reason?: string | undefined;
  readonly start?: string | undefined;
  readonly end?: string | undefined;
  readonly for?: string | undefined;
  readonly scope?: string | undefined;
  readonly 'read-only'?: boolean | undefined;
}

function enableOptions({
  reason,
  start,
  end,
  for: duration,
  scope,
  'read-only': readOnly,
}: WindowValues): EnableOptions {
  if (end !== undefined && duration !== undefined) throw new UsageError('--end and --for exclude each other');
  if (reason !== undefined) checkOption(string({ max: MAX_REASON_LENGTH }), reason, '--reason');
  checkScope(scope);
  const startsAt = start === undefined ? undefined : dateOf(start, '--start');
  const endsAt =
    duration !== undefined
      ? endAfter(duration, startsAt)
      : end === undefined
        ? undefined
        : dateOf(end, '--end');
  return {
    ...(reason !== undefined && { reason }),
    ...(scope !== undefined && { scope }),
    ...(startsAt !== undefined && { startsAt }),
    ...(endsAt !== undefined && { endsAt }),
    ...(readOnly === true && { mode: 'read-only' as const }),
  };
}

function checkScope(scope: string | undefined): void {
  if (scope !== undefined) checkOption(scopeName, scope, '--scope');
}

function dateOf(text: string, option: string): Date {
  const time = parseIsoDate(text);
  if (time !== null) return new Date(time);
  const example = '2026-11-21T03:00:00Z or 2026-11-21T03:00:00+01:00';
  throw new UsageError(`${option} takes a time such as ${example}, and got ${JSON.stringify(text)}`);
}

function endAfter(duration: string, startsAt: Date | undefined): Date {
  const ms = parseDuration(duration);
  if (ms === null)
    throw new UsageError(`--for takes a duration such as 30m, 1h30m or 2d, and got "${duration}"`);
  return new Date((startsAt?.getTime() ?? Date.now()) + ms);
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Milliseconds of `30m`, `1h30m`, `2d` or `90s`, larger units first; null for anything else, and for zero. */
export function parseDuration(text: string): number | null {
  const { d, h, m, s } =
    /^(?:(?<d>\d{1,4})d)?(?:(?<h>\d{1,5})h)?(?:(?<m>\d{1,7})m)?(?:(?<s>\d{1,9})s)?$/.exec(text)?.groups ?? {};
  const total =
    Number(d ?? 0) * DAY + Number(h ?? 0) * HOUR + Number(m ?? 0) * MINUTE + Number(s ?? 0) * SECOND;
  return total > 0 ? total : null;
}

/** The command line is wrong; the message says why. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
