import { parseArgs, type ParseArgsConfig } from 'node:util';
import { suggestion } from './suggestions.js';
import { UsageError } from './usage-error.js';

/** All options of all commands. */
const OPTIONS = {
  file: { type: 'string' },
  config: { type: 'string' },
  url: { type: 'string' },
  header: { type: 'string', multiple: true },
  scope: { type: 'string' },
  all: { type: 'boolean' },
  by: { type: 'string' },
  reason: { type: 'string' },
  note: { type: 'string' },
  start: { type: 'string' },
  end: { type: 'string' },
  for: { type: 'string' },
  announce: { type: 'string' },
  'read-only': { type: 'boolean' },
  full: { type: 'boolean' },
  'allow-ip': { type: 'string', multiple: true },
  'with-bypass': { type: 'boolean' },
  'wait-for': { type: 'string', multiple: true },
  drain: { type: 'string' },
  interactive: { type: 'boolean' },
  json: { type: 'boolean' },
  limit: { type: 'string' },
  language: { type: 'string' },
  out: { type: 'string' },
} as const satisfies NonNullable<ParseArgsConfig['options']>;

type Option = keyof typeof OPTIONS;
/** The values of the options that were given. */
export type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

const PLACE = ['file', 'config', 'url', 'header'] as const;
const SETTING = ['scope', 'by', 'reason', 'note', 'end', 'for', 'read-only', 'allow-ip'] as const;
/** Not of `run`, whose command begins now. */
const PLAN = ['start', 'announce'] as const;
const WAIT = ['wait-for', 'drain'] as const;

const COMMANDS = {
  on: [...PLACE, ...SETTING, ...PLAN, ...WAIT, 'with-bypass', 'interactive'],
  off: [...PLACE, 'scope', 'all', 'by', 'note', 'interactive'],
  status: [...PLACE, 'scope', 'json'],
  list: [...PLACE, 'json'],
  update: [...PLACE, ...SETTING, ...PLAN, 'full'],
  extend: [...PLACE, 'scope', 'by'],
  history: [...PLACE, 'json', 'limit'],
  run: [...PLACE, ...SETTING, ...WAIT],
  page: ['config', 'language', 'out'],
} as const satisfies Record<string, readonly Option[]>;

export type CommandName = keyof typeof COMMANDS;
export const COMMAND_NAMES = Object.keys(COMMANDS) as CommandName[];

/** Parses the options of a command. @throws UsageError */
export function parseOptions(
  name: CommandName,
  args: string[],
): { values: Values; positionals: readonly string[] } {
  const allowed: readonly Option[] = COMMANDS[name];
  let parsed;
  try {
    parsed = parseArgs({ args, options: OPTIONS, allowPositionals: name === 'extend' });
  } catch (error) {
    throw new UsageError(explained(error, allowed));
  }
  const foreign = (Object.keys(parsed.values) as Option[]).find((option) => !allowed.includes(option));
  if (foreign !== undefined) {
    const owners = COMMAND_NAMES.filter((owner) => (COMMANDS[owner] as readonly Option[]).includes(foreign));
    throw new UsageError(`--${foreign} belongs to ${listed(owners, 'and')}, not to ${name}`);
  }
  return parsed;
}

/** Node adds advice about positional arguments, which these commands do not take. */
function explained(error: unknown, allowed: readonly Option[]): string {
  const message = error instanceof Error ? error.message : String(error);
  const [first = ''] = message.split(/\. (?:To|This) /, 1);
  const unknown = /^Unknown option '--([^']+)'/.exec(first)?.[1];
  return unknown === undefined ? first : `Unknown option --${unknown}${suggestion(unknown, allowed)}`;
}

export function isCommandName(name: string): name is CommandName {
  return Object.hasOwn(COMMANDS, name);
}

/** `a, b or c` */
export function listed(words: readonly string[], conjunction = 'or'): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} ${conjunction} ${last}`;
}
