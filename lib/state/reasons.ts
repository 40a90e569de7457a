import type { MaintenanceReasons } from '../interfaces/maintenance-status.js';
import { type Check, InvalidValue, is, languageTag, mapOf, string } from '../validation/check.js';

export const MAX_REASON_LENGTH = 2000;
const MAX_LANGUAGES = 100;
/** Of the texts in all languages together, as JSON: the record has to have room for them. */
const MAX_REASONS_LENGTH = 20_000;
const DEFAULT_LANGUAGE = 'en';

const text = string({ max: MAX_REASON_LENGTH });

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
    : text(value, path);

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
export function reasonIn(reasons: MaintenanceReasons): string {
  return reasons[defaultLanguageOf(reasons)] ?? '';
}
