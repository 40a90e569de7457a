import { MaintenanceWindowError } from '../errors.js';
import type { MaintenanceState, MaintenanceStatus } from '../interfaces/maintenance-status.js';
import { describe } from '../validation/values.js';
import {
  entriesOf,
  type MaintenanceRecord,
  type PlannedEntry,
  type RecordEntry,
} from './maintenance-record.js';

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

/** The state of an entry at a time. A window includes its start and excludes its end. */
export function stateAt(entry: RecordEntry, now: number): MaintenanceState {
  const stage = stageAt(entry, now);
  if (stage.state === 'off' || isOver(stage, now)) return 'off';
  const isLater = stage.state === 'scheduled' && stage.startsAt !== null && now < stage.startsAt;
  return isLater ? 'scheduled' : 'active';
}

/**
 * The stage of an entry that counts at a time: the entry itself until its next stage begins, or, if it ends earlier, until its
 * end. A next stage that follows without a gap continues the same maintenance.
 */
export function stageAt(entry: RecordEntry, now: number): RecordEntry {
  const { next } = entry;
  if (next === null || (now < next.startsAt && !isOver(entry, now))) return entry;
  if (isOver(entry, next.startsAt - 1)) return next;
  return { ...next, state: entry.state, since: sinceOf(entry) };
}

function isOver({ endsAt }: RecordEntry, now: number): boolean {
  return endsAt !== null && now >= endsAt;
}

/** The stage that is planned after the one that counts at a time. */
export function plannedAt(entry: RecordEntry, now: number): PlannedEntry | null {
  return stageAt(entry, now) === entry ? entry.next : null;
}

/** Since when an entry that is active has been so without a break. */
export function sinceOf(entry: RecordEntry): number | null {
  return entry.since ?? entry.startsAt ?? entry.updatedAt;
}

/** When a scheduled entry is announced. */
export function announcedFrom(entry: PlannedEntry, leadMs: number): number {
  return entry.announceFrom ?? entry.startsAt - leadMs;
}

/** Whether it is scheduled, and has not begun. */
export function isPlanned(entry: RecordEntry, now: number): entry is PlannedEntry {
  return stateAt(entry, now) === 'scheduled';
}

/** The record without scopes that are over. */
export function withoutEnded(record: MaintenanceRecord, now: number): MaintenanceRecord {
  const scopes = [...record.scopes].filter(([, entry]) => stateAt(entry, now) !== 'off');
  return scopes.length === record.scopes.size ? record : { ...record, scopes: new Map(scopes) };
}

/** Whether anything is active or scheduled. */
export function isAnythingOn(record: MaintenanceRecord, now: number): boolean {
  return entriesOf(record).some(([, entry]) => stateAt(entry, now) !== 'off');
}

/** The next time after `now` at which a stage starts, ends or is announced; null: never. */
export function nextEdge(record: MaintenanceRecord, now: number, leadMs: number): number | null {
  const edges = entriesOf(record).flatMap(([, entry]) => {
    const stage = stageAt(entry, now);
    const planned = isPlanned(stage, now) ? stage : plannedAt(entry, now);
    return [
      planned && announcedFrom(planned, leadMs),
      planned && planned.startsAt,
      stateAt(stage, now) === 'active' ? stage.endsAt : null,
    ];
  });
  const later = edges.filter((edge) => edge !== null).filter((edge) => edge > now);
  return later.length === 0 ? null : Math.min(...later);
}

/** What a status needs beside the entry. */
export interface StatusContext {
  readonly revision: number;
  readonly stale: boolean;
  /** How long before its start a window is announced by default. */
  readonly leadMs: number;
}

/** The public status of an entry at a time. An entry that is off only shows who set it, and when. */
export function statusOf(
  entry: RecordEntry,
  scope: string | null,
  { revision, stale, leadMs }: StatusContext,
  now: number,
): MaintenanceStatus {
  const stage = stageAt(entry, now);
  const state = stateAt(stage, now);
  const isOn = state !== 'off';
  return {
    state,
    mode: isOn ? stage.mode : 'full',
    scope,
    reason: isOn ? stage.reason : null,
    reasons: isOn ? stage.reasons : null,
    startsAt: isOn ? dateOf(stage.startsAt) : null,
    endsAt: isOn ? dateOf(stage.endsAt) : null,
    announced: isPlanned(stage, now) && announcedFrom(stage, leadMs) <= now,
    by: stage.by,
    updatedAt: dateOf(stage.updatedAt),
    revision,
    stale,
  };
}

/** The status of the stage that is planned after the present one, or null. */
export function plannedStatusOf(
  entry: RecordEntry,
  scope: string | null,
  context: StatusContext,
  now: number,
): MaintenanceStatus | null {
  const planned = plannedAt(entry, now);
  return planned === null ? null : statusOf(planned, scope, context, now);
}

export function dateOf(time: number | null): Date | null {
  return time === null ? null : new Date(time);
}
