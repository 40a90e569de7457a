import type { MaintenanceReasons } from '../interfaces/maintenance-status.js';
import { addressText } from '../options/option-checks.js';
import {
  type Check,
  describe,
  integer,
  InvalidValue,
  is,
  languageTag,
  listOf,
  mapOf,
  nullable,
  object,
  oneOf,
  required,
  scopeName,
  string,
} from '../validation/values.js';
import {
  type IssuedSecret,
  OFF_ENTRY,
  type PlannedEntry,
  type RecordedChange,
  type RecordEntry,
} from './maintenance-record.js';
import { parseIsoDate } from './window.js';

export const MAX_REASON_LENGTH = 2000;
const MAX_LANGUAGES = 100;
/** Of the texts in all languages together, as JSON: the record has to have room for them. */
const MAX_REASONS_LENGTH = 20_000;
const DEFAULT_LANGUAGE = 'en';

const reasonText = string({ max: MAX_REASON_LENGTH });

/** A blank text would leave the visitors of one language without a reason. */
const textInLanguage = is(
  `a text of 1 to ${MAX_REASON_LENGTH} characters`,
  (value): value is string =>
    typeof value === 'string' && value.trim() !== '' && value.length <= MAX_REASON_LENGTH,
);

const textsByLanguage = mapOf(languageTag, textInLanguage);

/** A reason in at least one language. */
export const reasonsByLanguage: Check<MaintenanceReasons> = (value, path) => {
  const given = textsByLanguage(value, path);
  if (given.size === 0) throw new InvalidValue(path, 'a text for at least one language', 'none');
  if (given.size > MAX_LANGUAGES)
    throw new InvalidValue(path, `at most ${MAX_LANGUAGES} languages`, String(given.size));
  const reasons = Object.fromEntries(given);
  const { length } = JSON.stringify(reasons);
  if (length <= MAX_REASONS_LENGTH) return reasons;
  throw new InvalidValue(path, `at most ${MAX_REASONS_LENGTH} characters in all languages`, String(length));
};

/** A text for all visitors, or one for each language. */
export const givenReason: Check<string | MaintenanceReasons> = (value, path) =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? reasonsByLanguage(value, path)
    : reasonText(value, path);

/** What an entry keeps of a reason: the text for whatever shows only one, and those by language. */
export interface KeptReason {
  readonly reason: string | null;
  readonly reasons: MaintenanceReasons | null;
}

/**
 * What to keep of the given reason.
 *
 * @param ofStatus the texts by language of a status that was given back. They count only beside the reason that this status had:
 * any other one replaces them all.
 */
export function keptReason(
  reason: string | MaintenanceReasons | null,
  ofStatus: MaintenanceReasons | null = null,
): KeptReason {
  if (typeof reason === 'object') return { reason: reason && reasonIn(reason), reasons: reason };
  const isGivenBack = ofStatus !== null && reason === reasonIn(ofStatus);
  return { reason, reasons: isGivenBack ? ofStatus : null };
}

/** The language of the text for whatever shows only one: English, which is the default of the page, or the first that was given. */
export function defaultLanguageOf(reasons: MaintenanceReasons): string {
  const [first = DEFAULT_LANGUAGE] = Object.keys(reasons);
  return Object.hasOwn(reasons, DEFAULT_LANGUAGE) ? DEFAULT_LANGUAGE : first;
}

/** The text for whatever shows only one. */
function reasonIn(reasons: MaintenanceReasons): string {
  return reasons[defaultLanguageOf(reasons)] ?? '';
}

export const MAX_NAME_LENGTH = 200;
const MAX_ADDRESSES = 50;
export const MAX_HISTORY = 100;
export const MAX_SECRETS = 100;

export const isoDate: Check<number> = (value, path) => {
  const time = typeof value === 'string' ? parseIsoDate(value) : null;
  if (time === null) throw new InvalidValue(path, 'ISO 8601 with an offset or Z', describe(value));
  return time;
};

const longText = nullable(string({ max: MAX_REASON_LENGTH }));
const name = nullable(string({ max: MAX_NAME_LENGTH }));
export const revision = integer(0, Number.MAX_SAFE_INTEGER);
const mode = oneOf('full', 'read-only');

/** Addresses to let in. Those that do not parse are refused: they would let in nobody. */
export const allowed = object({ ipAddresses: listOf(addressText, { max: MAX_ADDRESSES }) });

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
export const entry: Check<RecordEntry> = (value, path) => {
  const { allow, ...members } = entryMembers(value, path);
  const state = required(members.state, `${path}.state`, '"off", "on" or "scheduled"');
  const checked = { ...OFF_ENTRY, ...members, allow: allow?.ipAddresses ?? [], state };
  // A person means by a later start that it begins then. What this package writes as on has begun when it is written.
  if (state === 'on' && checked.startsAt !== null && checked.startsAt > (checked.updatedAt ?? 0))
    return consistent({ ...checked, state: 'scheduled' }, path);
  // An entry that is off has no mode and no next stage: they are not stored, and must not make two records differ.
  return consistent(state === 'off' ? { ...checked, mode: 'full', next: null } : checked, path);
};

export function consistent(checked: RecordEntry, path: string): RecordEntry {
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

export const shortToken = nullable(string({ min: 1, max: 100 }));
/** In one line, separated by spaces. */
export const marks: Check<readonly string[]> = (value, path) => {
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

export const change: Check<RecordedChange> = (value, path) => {
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
export const issuedSecret: Check<IssuedSecret> = (value, path) => {
  const members = secretMembers(value, path);
  return {
    hash: required(members.hash, `${path}.hash`, 'a SHA-256 in base64url'),
    by: members.by ?? null,
    at: required(members.at, `${path}.at`, 'a time'),
    scopes: required(members.scopes, `${path}.scopes`, 'an array of scopes'),
  };
};
