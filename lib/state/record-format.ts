import {
  type Check,
  describe,
  integer,
  InvalidValue,
  is,
  mapOf,
  object,
  oneOf,
  required,
  scopeName,
  string,
} from '../validation/check.js';
import {
  EMPTY_RECORD,
  type MaintenanceRecord,
  OFF_ENTRY,
  ON_ENTRY,
  parseIsoDate,
  type RecordEntry,
} from './maintenance-record.js';

/** Of the stored text. A reader refuses a version that it does not know. */
const FORMAT_VERSION = 1;
/** Of a record in which a scope is turned on. */
const MAX_LENGTH_WITH_SCOPES = 256 * 1024;
/** Leaves room for the application itself: its longest reason and name, escaped, and the names of who turned scopes off. */
export const MAX_TEXT_LENGTH = 320 * 1024;
export const MAX_REASON_LENGTH = 2000;
export const MAX_NAME_LENGTH = 200;

/** A text is not a maintenance record; the message says why. */
export class RecordParseError extends Error {
  override readonly name = 'RecordParseError';
}

function nullable<T>(check: Check<T>): Check<T | null> {
  return (value, path) => (value === null ? null : check(value, path));
}

const isoDate: Check<number> = (value, path) => {
  const time = typeof value === 'string' ? parseIsoDate(value) : null;
  if (time === null) throw new InvalidValue(path, 'ISO 8601 with an offset or Z', describe(value));
  return time;
};

const entryMembers = object({
  state: oneOf('off', 'on', 'scheduled'),
  mode: oneOf('full', 'read-only'),
  reason: nullable(string({ max: MAX_REASON_LENGTH })),
  startsAt: nullable(isoDate),
  endsAt: nullable(isoDate),
  by: nullable(string({ max: MAX_NAME_LENGTH })),
  updatedAt: nullable(isoDate),
  revision: integer(0, Number.MAX_SAFE_INTEGER),
});

const entry: Check<RecordEntry> = (value, path) => {
  const members = entryMembers(value, path);
  const state = required(members.state, `${path}.state`, '"off", "on" or "scheduled"');
  // An entry that is off has no mode: it is not stored, and must not make two records differ.
  const mode = state === 'off' ? 'full' : (members.mode ?? 'full');
  return consistent({ ...OFF_ENTRY, ...members, state, mode }, path);
};

function consistent(checked: RecordEntry, path: string): RecordEntry {
  if (checked.state === 'scheduled' && checked.startsAt === null) {
    throw new InvalidValue(`${path}.startsAt`, 'the start of what is scheduled', 'nothing');
  }
  if (checked.startsAt !== null && checked.endsAt !== null && checked.startsAt >= checked.endsAt) {
    throw new InvalidValue(
      `${path}.endsAt`,
      'a time later than startsAt',
      new Date(checked.endsAt).toISOString(),
    );
  }
  return checked;
}

const shortToken = nullable(string({ min: 1, max: 100 }));
/** In one line, separated by spaces. */
const marks: Check<readonly string[]> = (value, path) => {
  const text = string({ max: 2_000 })(value, path);
  if (!/^(\d{1,16}\.[\w-]{1,12}( |$)){0,64}$/.test(text))
    throw new InvalidValue(path, 'up to 64 marks such as 7.Ab3dEf9-', describe(value));
  return text.split(' ').filter(Boolean);
};
const recordMembers = object({
  version: is(`the format version ${FORMAT_VERSION}`, (value) => value === FORMAT_VERSION),
  revision: integer(0, Number.MAX_SAFE_INTEGER),
  application: entry,
  scopes: mapOf(scopeName, entry),
  activation: shortToken,
  key: shortToken,
  marks,
});

function parseOwn(value: unknown): MaintenanceRecord {
  const members = recordMembers(value, '');
  required(members.version, 'version', `the format version ${FORMAT_VERSION}`);
  return {
    revision: required(members.revision, 'revision', 'a whole number'),
    application: required(members.application, 'application', 'an object'),
    scopes: members.scopes ?? new Map(),
    activation: members.activation ?? null,
    key: members.key ?? null,
    marks: members.marks ?? [],
  };
}

const djangoMembers = object({ start: nullable(isoDate), end: nullable(isoDate) });

/** django-maintenance-mode's schedule: `{"start": ..., "end": ...}`, one of them may be null. */
function parseDjango(value: unknown): MaintenanceRecord {
  const { start: startsAt = null, end: endsAt = null } = djangoMembers(value, '');
  if (startsAt === null && endsAt === null) throw new InvalidValue('start', 'a start or an end', 'neither');
  const state = startsAt === null ? 'on' : 'scheduled';
  return { ...EMPTY_RECORD, application: consistent({ ...OFF_ENTRY, state, startsAt, endsAt }, 'schedule') };
}

/**
 * Parses the stored text: this package's own format; `0` and `1`, as a shell script or django-maintenance-mode writes
 * them; and django's schedule.
 *
 * @throws RecordParseError for everything else: such text never means "off".
 */
export function parseRecord(text: string): MaintenanceRecord {
  if (text.length > MAX_TEXT_LENGTH) {
    throw new RecordParseError(`it has more than the ${MAX_TEXT_LENGTH} characters that a record can have`);
  }
  const trimmed = text.trim();
  if (trimmed === '0') return EMPTY_RECORD;
  if (trimmed === '1') return { ...EMPTY_RECORD, application: ON_ENTRY };
  let value: unknown;
  try {
    value = JSON.parse(trimmed);
  } catch {
    throw new RecordParseError(
      `expected 0, 1 or a JSON record, got ${trimmed === '' ? 'no text' : describe(trimmed)}`,
    );
  }
  try {
    return isDjango(value) ? parseDjango(value) : parseOwn(value);
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error;
    throw new RecordParseError(`${error.path === '' ? '' : `${error.path}: `}${error.message}`);
  }
}

function isDjango(value: unknown): boolean {
  return typeof value === 'object' && value !== null && ('start' in value || 'end' in value);
}

/**
 * The text of a record, as JSON that a person can read and edit.
 *
 * @throws RecordParseError if it could not be parsed again.
 */
export function formatRecord(record: MaintenanceRecord): string {
  const text = textOf(record);
  checkLength(text, MAX_TEXT_LENGTH);
  return text;
}

/** Whether a scope can be turned on in it and leaves room for the application itself. */
export function hasRoomForScopes(record: MaintenanceRecord): boolean {
  return textOf(record).length <= MAX_LENGTH_WITH_SCOPES;
}

/** @throws RecordParseError if it has no such room. */
export function checkRoomForScopes(record: MaintenanceRecord): void {
  checkLength(textOf(record), MAX_LENGTH_WITH_SCOPES);
}

function checkLength({ length }: string, max: number): void {
  if (length <= max) return;
  throw new RecordParseError(
    `the record would have ${length} characters, and may have ${max}: use fewer scopes or shorter reasons`,
  );
}

function textOf(record: MaintenanceRecord): string {
  return `${JSON.stringify(
    {
      version: FORMAT_VERSION,
      revision: record.revision,
      application: formatEntry(record.application),
      ...(record.scopes.size > 0 && {
        scopes: Object.fromEntries([...record.scopes].map(([scope, item]) => [scope, formatEntry(item)])),
      }),
      ...(record.activation !== null && { activation: record.activation }),
      ...(record.key !== null && { key: record.key }),
      ...(record.marks.length > 0 && { marks: record.marks.join(' ') }),
    },
    null,
    2,
  )}\n`;
}

function formatEntry(item: RecordEntry): Record<string, unknown> {
  const { mode, startsAt, endsAt, updatedAt, ...rest } = item;
  const members = {
    ...rest,
    mode: item.state === 'off' ? null : mode,
    startsAt: isoOrNull(startsAt),
    endsAt: isoOrNull(endsAt),
    updatedAt: isoOrNull(updatedAt),
  };
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null));
}

function isoOrNull(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}
