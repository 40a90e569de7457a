import {
  type Check,
  describe,
  integer,
  InvalidValue,
  is,
  listOf,
  mapOf,
  nullable,
  object,
  oneOf,
  parseIsoDate,
  required,
  scopeName,
  string,
} from '../validation/values.js';
import {
  EMPTY_RECORD,
  type IssuedSecret,
  type MaintenanceRecord,
  OFF_ENTRY,
  ON_ENTRY,
  type PlannedEntry,
  reasonIn,
  type RecordedChange,
  type RecordEntry,
} from './maintenance-record.js';
import { allowed, MAX_NAME_LENGTH, MAX_REASON_LENGTH, reasonsByLanguage } from './change-options.js';

/** Of the stored text. A reader refuses a version that it does not know. */
const FORMAT_VERSION = 1;
/** Of a record in which a scope is turned on, without its history. */
const MAX_LENGTH_WITH_SCOPES = 256 * 1024;
/** Leaves room for the application itself and its next stage: their longest texts, escaped, in many languages. */
const MAX_TEXT_LENGTH = 384 * 1024;
/** How many changes the history has at most. */
export const MAX_HISTORY = 100;
/** How many bypass secrets are valid at the same time. */
export const MAX_SECRETS = 100;
/** Of the history in it, which gives way to the state. */
const MAX_HISTORY_LENGTH = 64 * 1024;

/** A text is not a maintenance record; the message says why. */
export class RecordParseError extends Error {
  override readonly name = 'RecordParseError';
}

/**
 * Parses the stored text: this package's own format; `0` and `1`, as a shell script or django-maintenance-mode writes
 * them; and django's schedule.
 *
 * @throws RecordParseError for everything else: such text never means "off".
 */
export function parseRecord(stored: string): MaintenanceRecord {
  if (stored.length > MAX_TEXT_LENGTH) {
    throw new RecordParseError(`it has more than the ${MAX_TEXT_LENGTH} characters that a record can have`);
  }
  const trimmed = stored.trim();
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
    // A name in the record may be any text, and this is part of one line of a log or a terminal.
    const path = error.path.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ');
    throw new RecordParseError(`${path === '' ? '' : `${path}: `}${error.message}`);
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
  const formatted = textOf(record);
  checkLength(formatted.length, MAX_TEXT_LENGTH);
  parseRecord(formatted);
  return formatted;
}

/** Whether a scope can be turned on in it and leaves room for the application itself. */
export function hasRoomForScopes(record: MaintenanceRecord): boolean {
  return lengthOfState(record) <= MAX_LENGTH_WITH_SCOPES;
}

/** @throws RecordParseError if it has no such room. */
export function checkRoomForScopes(record: MaintenanceRecord): void {
  checkLength(lengthOfState(record), MAX_LENGTH_WITH_SCOPES);
}

/** The record with the last `keep` changes, or as many of them as there is room for. */
export function withBoundedHistory(record: MaintenanceRecord, keep: number): MaintenanceRecord {
  let room = Math.min(MAX_HISTORY_LENGTH, MAX_LENGTH_WITH_SCOPES - lengthOfState(record));
  const last = keep === 0 ? [] : record.history.slice(-keep);
  const tooOld = last.findLastIndex((item) => (room -= formatChange(item).length) < 0);
  return { ...record, history: last.slice(tooOld + 1) };
}

function checkLength(length: number, max: number): void {
  if (length <= max) return;
  throw new RecordParseError(
    `the record would have ${length} characters, and may have ${max}: use fewer scopes or shorter reasons`,
  );
}

function lengthOfState(record: MaintenanceRecord): number {
  return textOf({ ...record, history: [] }).length;
}

function textOf(record: MaintenanceRecord): string {
  const state = JSON.stringify(
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
      ...(record.secrets.length > 0 && {
        secrets: record.secrets.map((secret) => withoutNull({ ...secret, at: isoOrNull(secret.at) })),
      }),
    },
    null,
    2,
  );
  if (record.history.length === 0) return `${state}\n`;
  // A change is one line: a person looks at the state first.
  return `${state.slice(0, -'\n}'.length)},\n  "history": [${record.history.map(formatChange).join(',')}\n  ]\n}\n`;
}

function formatEntry(item: RecordEntry): Record<string, unknown> {
  const { mode: itemMode, startsAt, endsAt, announceFrom, allow, updatedAt, since, next, ...rest } = item;
  return withoutNull({
    ...rest,
    mode: item.state === 'off' ? null : itemMode,
    startsAt: isoOrNull(startsAt),
    endsAt: isoOrNull(endsAt),
    announceFrom: isoOrNull(announceFrom),
    allow: allow.length === 0 ? null : { ipAddresses: allow },
    updatedAt: isoOrNull(updatedAt),
    since: isoOrNull(since),
    next: next === null ? null : formatEntry(next),
  });
}

function formatChange(item: RecordedChange): string {
  const { at, startsAt, endsAt, mode: itemMode, ...rest } = item;
  const members = withoutNull({
    at: isoOrNull(at),
    ...rest,
    mode: itemMode === 'full' ? null : itemMode,
    startsAt: isoOrNull(startsAt),
    endsAt: isoOrNull(endsAt),
  });
  return `\n    ${JSON.stringify(members)}`;
}

function withoutNull(members: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null));
}

function isoOrNull(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}

const isoDate: Check<number> = (value, path) => {
  const time = typeof value === 'string' ? parseIsoDate(value) : null;
  if (time === null) throw new InvalidValue(path, 'ISO 8601 with an offset or Z', describe(value));
  return time;
};

const longText = nullable(string({ max: MAX_REASON_LENGTH }));
const name = nullable(string({ max: MAX_NAME_LENGTH }));
const revision = integer(0, Number.MAX_SAFE_INTEGER);
const mode = oneOf('full', 'read-only');

const stageMembers = {
  state: oneOf('off', 'on', 'scheduled'),
  mode,
  reason: longText,
  reasons: nullable(reasonsByLanguage),
  note: longText,
  startsAt: nullable(isoDate),
  endsAt: nullable(isoDate),
  announceFrom: nullable(isoDate),
  allow: allowed,
  by: name,
  updatedAt: nullable(isoDate),
  since: nullable(isoDate),
  revision,
};

const plannedMembers = object(stageMembers);
const planned: Check<PlannedEntry> = (value, path) => {
  const { allow, ...members } = plannedMembers(value, path);
  const state = required(members.state, `${path}.state`, '"scheduled"');
  const startsAt = members.startsAt ?? null;
  if (state !== 'scheduled') throw new InvalidValue(`${path}.state`, '"scheduled"', JSON.stringify(state));
  const entry = consistent({ ...OFF_ENTRY, ...members, allow: allow?.ipAddresses ?? [], state }, path);
  // Always one: what is scheduled has a start.
  return { ...entry, startsAt: startsAt ?? 0 };
};

const entryMembers = object({ ...stageMembers, next: nullable(planned) });
const entry: Check<RecordEntry> = (value, path) => {
  const { allow, ...members } = entryMembers(value, path);
  const state = required(members.state, `${path}.state`, '"off", "on" or "scheduled"');
  const checked = { ...OFF_ENTRY, ...members, allow: allow?.ipAddresses ?? [], state };
  // A person means by a later start that it begins then. What this package writes as on has begun when it is written.
  if (state === 'on' && checked.startsAt !== null && checked.startsAt > (checked.updatedAt ?? 0))
    return consistent({ ...checked, state: 'scheduled' }, path);
  // An entry that is off has no mode and no next stage: they are not stored, and must not make two records differ.
  return consistent(state === 'off' ? { ...checked, mode: 'full', next: null } : checked, path);
};

function consistent(checked: RecordEntry, path: string): RecordEntry {
  if (checked.state === 'scheduled' && checked.startsAt === null) {
    throw new InvalidValue(`${path}.startsAt`, 'the start of what is scheduled', 'nothing');
  }
  if (checked.next !== null && checked.startsAt !== null && checked.next.startsAt < checked.startsAt) {
    throw new InvalidValue(
      `${path}.next.startsAt`,
      'a time later than startsAt',
      new Date(checked.next.startsAt).toISOString(),
    );
  }
  if (checked.startsAt !== null && checked.endsAt !== null && checked.startsAt >= checked.endsAt) {
    throw new InvalidValue(
      `${path}.endsAt`,
      'a time later than startsAt',
      new Date(checked.endsAt).toISOString(),
    );
  }
  const { reasons } = checked;
  return reasons === null ? checked : { ...checked, reason: reasonIn(reasons) };
}

const shortToken = nullable(string({ min: 1, max: 100 }));
/** In one line, separated by spaces. */
const marks: Check<readonly string[]> = (value, path) => {
  const text = string({ max: 2_000 })(value, path);
  if (!/^(\d{1,16}\.[\w-]{1,12}( |$)){0,64}$/.test(text))
    throw new InvalidValue(path, 'up to 64 marks such as 7.Ab3dEf9-', describe(value));
  return text.split(' ').filter(Boolean);
};

const changeMembers = object({
  at: isoDate,
  action: oneOf('on', 'off', 'updated', 'restored'),
  scope: scopeName,
  by: name,
  via: oneOf('route', 'cli', 'service', 'storage'),
  reason: longText,
  note: longText,
  startsAt: nullable(isoDate),
  endsAt: nullable(isoDate),
  mode,
  revision,
});
const UNSET_CHANGE = {
  scope: null,
  by: null,
  reason: null,
  note: null,
  startsAt: null,
  endsAt: null,
  mode: 'full',
} as const;

const change: Check<RecordedChange> = (value, path) => {
  const members = changeMembers(value, path);
  return {
    ...UNSET_CHANGE,
    ...members,
    at: required(members.at, `${path}.at`, 'a time'),
    action: required(members.action, `${path}.action`, '"on", "off", "updated" or "restored"'),
    via: required(members.via, `${path}.via`, '"route", "cli", "service" or "storage"'),
    revision: required(members.revision, `${path}.revision`, 'a whole number'),
  };
};

const secretMembers = object({
  hash: is('a SHA-256 in base64url', (value): value is string => /^[\w-]{43}$/.test(String(value))),
  by: name,
  at: isoDate,
  scopes: listOf(nullable(scopeName)),
});
const issuedSecret: Check<IssuedSecret> = (value, path) => {
  const members = secretMembers(value, path);
  return {
    hash: required(members.hash, `${path}.hash`, 'a SHA-256 in base64url'),
    by: members.by ?? null,
    at: required(members.at, `${path}.at`, 'a time'),
    scopes: required(members.scopes, `${path}.scopes`, 'an array of scopes'),
  };
};

const recordMembers = object({
  version: is(`the format version ${FORMAT_VERSION}`, (value) => value === FORMAT_VERSION),
  revision,
  application: entry,
  scopes: mapOf(scopeName, entry),
  activation: shortToken,
  key: shortToken,
  marks,
  secrets: listOf(issuedSecret, { max: MAX_SECRETS }),
  history: listOf(change, { max: MAX_HISTORY }),
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
    history: members.history ?? [],
    secrets: members.secrets ?? [],
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
