import { parseArgs, type ParseArgsConfig } from 'node:util';
import { UsageError } from './terminal.js';

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
  return unknown === undefined ? first : `Unknown option --${unknown}${suggestion(unknown, allowed, '--')}`;
}

export function isCommandName(name: string): name is CommandName {
  return Object.hasOwn(COMMANDS, name);
}

/** `a, b or c` */
export function listed(words: readonly string[], conjunction = 'or'): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} ${conjunction} ${last}`;
}

/**
 * `did you mean "status"?`, with a space before it, or nothing if no known word is near.
 *
 * @param prefixed what stands before the word: the dashes of an option.
 */
export function suggestion(word: string, known: readonly string[], prefixed = ''): string {
  const [nearest] = known
    .map((candidate) => ({
      candidate,
      distance: distanceBetween(word.toLowerCase(), candidate.toLowerCase()),
    }))
    .filter(({ candidate, distance }) => distance <= Math.max(1, Math.floor(candidate.length / 3)))
    // Of two that are equally near, what begins like the word: `of` is `off`, not `on`.
    .toSorted((a, b) => a.distance - b.distance || prefix(b.candidate, word) - prefix(a.candidate, word));
  return nearest === undefined ? '' : `; did you mean ${JSON.stringify(prefixed + nearest.candidate)}?`;
}

function prefix(candidate: string, word: string): number {
  return candidate.startsWith(word) ? 1 : 0;
}

/** How many letters to insert, remove, replace or swap with their neighbour to make one word of the other. */
export function distanceBetween(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number): number => rows[row]?.[column] ?? Infinity;
  for (let row = 1; row <= a.length; row += 1) {
    rows[row] = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const isSame = a[row - 1] === b[column - 1];
      const isSwapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      rows[row]?.push(
        Math.min(
          at(row - 1, column) + 1,
          at(row, column - 1) + 1,
          at(row - 1, column - 1) + (isSame ? 0 : 1),
          isSwapped ? at(row - 2, column - 2) + 1 : Infinity,
        ),
      );
    }
  }
  return at(a.length, b.length);
}

export const HELP = `Usage: nestjs-maintenance-mode COMMAND [OPTIONS]

Turns maintenance mode on and off, in the storage that the application uses. The application is not started.

Commands
  on                turn it on now, or plan it with --start
  off               turn it off now; what was planned is cancelled
  status            say whether it is on; exits with 0 (off), 10 (active) or 11 (scheduled)
  list              show the application and every scope that is on or scheduled
  update            change what is on or scheduled, and keep the rest
  extend DURATION   move its end on, such as extend 30m
  history           show the last changes, the newest first
  run -- COMMAND    turn it on, run COMMAND, then restore what was before; exits with COMMAND's status
  page              write the maintenance page to a file, for a proxy

Options of on, run and update
  --reason TEXT     shown to visitors
  --note TEXT       for the history, never shown to visitors
  --start TIME      on, update: when it begins: 2026-11-21T03:00:00Z, 2026-11-21T03:00:00+01:00 or +10m;
                    default: now
  --end TIME        when it ends by itself, written likewise; default: when it is turned off
  --for DURATION    how long it lasts, in place of --end: 90s, 30m, 1h30m, 2d
  --announce TIME   on, update: when visitors are told of a later start, written as for --start;
                    default: two days before
  --read-only       block only what changes something (all but GET, HEAD and OPTIONS)
  --allow-ip CIDR   let this address or range in while it lasts; may be repeated
  --full            update: block everything, where it was --read-only; --end never takes the end away

Options of on and run
  --wait-for URLS   go on only when each instance has closed and has no work in flight; URLS are the
                    addresses of their maintenance routes, with commas between them
  --drain DURATION  how long to wait for that; default: 30s

Other options
  --scope NAME      only the parts that are marked with @MaintenanceScope('NAME')
  --all             off: the application and every scope
  --by NAME         who does it; default: SUDO_USER, else the user of the system
  --with-bypass     on: print a bypass link, valid until this maintenance ends
  --interactive     on and off: ask before anything is changed
  --json            status, list and history: as JSON
  --limit N         history: this many changes
  --out FILE        page: where to write it
  --language L      page: in this language, such as de; default: en
  --help, --version

Where the state is kept; every answer names it
  --file PATH       in this file
  --config FILE     where the "storage" option in the default export of this module says
                    (default: maintenance.config.js, .mjs or .cjs, if there is one)
  without them      where MAINTENANCE_MODE_STATE_FILE_PATH says, else in maintenance-state.json in this
                    directory: the application's own, if it runs here

Or the routes of a running application, where a shell does not share its storage
  --url URL         such as https://shop.example/maintenance-mode (or MAINTENANCE_MODE_URL)
  --header TEXT     'Name: value', for each request; may be repeated, also for --wait-for
                    (MAINTENANCE_MODE_TOKEN: 'Authorization: Bearer' with this token)

An error exits with 1 and says what was wrong in one line.

Examples
  npx nestjs-maintenance-mode on --for 30m --reason 'We are moving to a faster database.'
  npx nestjs-maintenance-mode run --for 2h -- npm run migrate
`;
