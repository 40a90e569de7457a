import {
  describe,
  InvalidValue,
  is,
  listOf,
  mapOf,
  nullable,
  object,
  required,
  scopeName,
} from '../validation/values.js';
import {
  EMPTY_RECORD,
  type MaintenanceRecord,
  OFF_ENTRY,
  ON_ENTRY,
  type RecordedChange,
  type RecordEntry,
} from './maintenance-record.js';
import {
  change,
  consistent,
  entry,
  isoDate,
  issuedSecret,
  marks,
  MAX_HISTORY,
  MAX_SECRETS,
  revision,
  shortToken,
} from './record-members.js';

/** Of the stored text. A reader refuses a version that it does not know. */
const FORMAT_VERSION = 1;
/** Of a record in which a scope is turned on, without its history. */
const MAX_LENGTH_WITH_SCOPES = 256 * 1024;
/** Leaves room for the application itself and its next stage: their longest texts, escaped, in many languages. */
export const MAX_TEXT_LENGTH = 384 * 1024;
/** Of the history in it, which gives way to the state. */
const MAX_HISTORY_LENGTH = 64 * 1024;

/** A text is not a maintenance record; the message says why. */
export class RecordParseError extends Error {
  override readonly name = 'RecordParseError';
}

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
  const formatted = textOf(record);
  checkLength(formatted.length, MAX_TEXT_LENGTH);
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
