import { MaintenanceOptionsError, MaintenanceWindowError } from '../errors.js';
import { addressText, drainOption, YEAR_SECONDS } from '../options/option-checks.js';
import {
  boolean,
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
  parseIsoDate,
  scopeName,
  string,
} from '../validation/values.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
import type { MaintenanceReasons } from '../interfaces/maintenance-status.js';
import { type KeptReason, reasonIn } from './maintenance-record.js';

export const MAX_REASON_LENGTH = 2000;
const MAX_LANGUAGES = 100;
/** Of the texts in all languages together, as JSON: the record has to have room for them. */
const MAX_REASONS_LENGTH = 20_000;

export const MAX_NAME_LENGTH = 200;
const MAX_ADDRESSES = 50;

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

/** Addresses to let in. Those that do not parse are refused: they would let in nobody. */
export const allowed = object({ ipAddresses: listOf(addressText, { max: MAX_ADDRESSES }) });

const asIs: Check<unknown> = (value) => value;

const who = {
  scope: nullable(scopeName),
  by: nullable(string({ max: MAX_NAME_LENGTH })),
  note: nullable(string({ max: MAX_REASON_LENGTH })),
};

/** Members that only a status has: it can be given back. */
const onlyOfStatus = {
  state: oneOf('off', 'scheduled', 'active'),
  reasons: nullable(reasonsByLanguage),
  announced: asIs,
  updatedAt: asIs,
  revision: asIs,
  stale: asIs,
};

const setting = {
  ...who,
  reason: nullable(givenReason),
  // Dates have separate errors.
  startsAt: asIs,
  endsAt: asIs,
  announceFrom: asIs,
  mode: nullable(oneOf('full', 'read-only')),
  allow: nullable(allowed),
};

export const enableOptions = object({ ...setting, ...onlyOfStatus, drain: drainOption });

export const updateOptions = object({ ...setting, ...onlyOfStatus });

export const extendOptions = object({ ...who, ms: integer(1, YEAR_SECONDS * 1000) });

export const disableOptions = object({ ...who, all: boolean, startsAt: asIs, endsAt: asIs });

export const secretOptions = object({ by: who.by });

export const historyOptions = object({ limit: integer(0, Number.MAX_SAFE_INTEGER) });

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

/** @throws MaintenanceWindowError as `parseDate`. Absent and null are the same. */
export function dateOrNull(value: unknown, name: string): number | null {
  return value === undefined || value === null ? null : parseDate(value, name);
}

/** @throws MaintenanceWindowError if it is neither a valid `Date` nor ISO 8601 with an offset. */
export function parseDate(value: unknown, name: string): number {
  const time =
    value instanceof Date
      ? parseIsoDate(isoOrEmpty(value))
      : typeof value === 'string'
        ? parseIsoDate(value)
        : null;
  if (time === null) {
    throw new MaintenanceWindowError(
      `${name}: expected a Date, or ISO 8601 with an offset or Z such as "2026-11-21T03:00:00Z", got ${describe(value)}.`,
    );
  }
  return time;
}

function isoOrEmpty(date: Date): string {
  return Number.isNaN(date.getTime()) ? '' : date.toISOString();
}

/** @throws MaintenanceWindowError for a window that is empty or already over. */
export function checkWindow(startsAt: number | null, endsAt: number | null, now: number): void {
  if (endsAt === null) return;
  if (startsAt !== null && startsAt >= endsAt) {
    throw new MaintenanceWindowError(
      `endsAt (${new Date(endsAt).toISOString()}) must be later than startsAt (${new Date(startsAt).toISOString()}).`,
    );
  }
  if (endsAt <= now) {
    throw new MaintenanceWindowError(`endsAt (${new Date(endsAt).toISOString()}) must be in the future.`);
  }
}

/** @throws MaintenanceWindowError for an announcement of nothing, or of maintenance that has begun by then. */
export function checkAnnouncement(announceFrom: number | null, startsAt: number | null): void {
  if (announceFrom === null || (startsAt !== null && announceFrom < startsAt)) return;
  throw new MaintenanceWindowError(
    startsAt === null
      ? 'announceFrom needs a startsAt: what begins at once is not announced.'
      : `announceFrom (${new Date(announceFrom).toISOString()}) must be earlier than startsAt (${new Date(startsAt).toISOString()}).`,
  );
}

export type Limits = ResolvedOptions['limits'];

/** When a window ends that says nothing about it; null: when it is turned off. */
export function defaultEnd(startsAt: number, { defaultDurationSeconds }: Limits): number | null {
  return defaultDurationSeconds === undefined ? null : startsAt + defaultDurationSeconds * 1000;
}

/** @throws MaintenanceWindowError for maintenance without an end, or that lasts too long from its start. */
export function checkDuration(startsAt: number, endsAt: number | null, { maxDurationSeconds }: Limits): void {
  if (maxDurationSeconds === undefined) return;
  const latest = startsAt + maxDurationSeconds * 1000;
  if (endsAt !== null && endsAt <= latest) return;
  const got = endsAt === null ? 'there is no endsAt' : `endsAt is ${new Date(endsAt).toISOString()}`;
  throw new MaintenanceWindowError(
    `Maintenance can last at most ${maxDurationSeconds} seconds here (limits.maxDurationSeconds), ` +
      `so it must end by ${new Date(latest).toISOString()}, and ${got}.`,
  );
}

/** @throws MaintenanceOptionsError if there has to be a reason, and is none. */
export function checkReason(reason: string | null, path: string, { requireReason }: Limits): void {
  if (!requireReason || (reason !== null && reason.trim() !== '')) return;
  throw new MaintenanceOptionsError(path, 'a reason is required here (limits.requireReason).');
}
