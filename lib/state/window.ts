import { MaintenanceWindowError } from '../errors.js';
import { describe } from '../validation/check.js';

const ISO_8601 =
  /^(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})T(?<time>\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(?<offset>Z|[+-]\d{2}:\d{2})$/;

/** 23:59:60 of UTC: a leap second, which RFC 3339 allows and the clocks of computers do not have. */
const LEAP_SECOND = /:59:60(?:\.\d+)?(?=Z|[+-])/;

/** Year 9999: later dates have no plain ISO 8601 form. */
const LAST_DATE = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/**
 * Milliseconds since 1970 for an ISO 8601 text with an offset or `Z`, and null for anything else: a text without an offset
 * would mean another time on each machine, and there is no 30 February. A leap second counts as the second after it, as it
 * does for the clock.
 */
export function parseIsoDate(text: string): number | null {
  const { year, month, day } = ISO_8601.exec(text)?.groups ?? {};
  if (year === undefined || month === undefined || day === undefined) return null;
  const daysInMonth = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  if (Number(day) > daysInMonth) return null;
  const time = LEAP_SECOND.test(text) ? parseLeapSecond(text) : Date.parse(text);
  return Number.isNaN(time) || time < 0 || time > LAST_DATE ? null : time;
}

function parseLeapSecond(text: string): number {
  const next = Date.parse(text.replace(LEAP_SECOND, ':59:59')) + 1_000;
  const isMidnight = new Date(next).getUTCHours() === 0 && new Date(next).getUTCMinutes() === 0;
  return isMidnight ? next : NaN;
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

/** @throws MaintenanceWindowError for an announcement of nothing, or of what has begun by then. */
export function checkAnnouncement(announceFrom: number | null, startsAt: number | null): void {
  if (announceFrom === null || (startsAt !== null && announceFrom < startsAt)) return;
  throw new MaintenanceWindowError(
    startsAt === null
      ? 'announceFrom needs a startsAt: what begins at once is not announced.'
      : `announceFrom (${new Date(announceFrom).toISOString()}) must be earlier than startsAt (${new Date(startsAt).toISOString()}).`,
  );
}

/** @throws MaintenanceWindowError as `parseDate`. Absent and null are the same. */
export function dateOrNull(value: unknown, name: string): number | null {
  return value === undefined || value === null ? null : parseDate(value, name);
}
