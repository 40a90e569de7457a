import { MaintenanceWindowError } from '../errors.js';
import type {
  MaintenanceMode,
  MaintenanceState,
  MaintenanceStatus,
} from '../interfaces/maintenance-status.js';
import { describe } from '../validation/check.js';

/** What is stored for the application or for one scope. Times are milliseconds since 1970. */
export interface RecordEntry {
  /** `on` is active at once, `scheduled` from `startsAt`; both until `endsAt`. */
  readonly state: 'off' | 'on' | 'scheduled';
  readonly mode: MaintenanceMode;
  readonly reason: string | null;
  readonly startsAt: number | null;
  readonly endsAt: number | null;
  readonly by: string | null;
  readonly updatedAt: number | null;
  /** The record's revision that set this entry: distinguishes two settings that look the same. */
  readonly revision: number;
}

/** Everything that is stored, as one value: the state of the application and those of its scopes. */
export interface MaintenanceRecord {
  readonly revision: number;
  readonly application: RecordEntry;
  readonly scopes: ReadonlyMap<string, RecordEntry>;
  /** Changes each time maintenance becomes active; null while nothing is on, or if it is not known. */
  readonly activation: string | null;
  /** Signs confirm tokens; null until this package has written the record once. */
  readonly key: string | null;
  /** One for each of the last changes, the latest one last: shows which of two records was made from the other. Empty if not known. */
  readonly marks: readonly string[];
}

export const OFF_ENTRY: RecordEntry = {
  state: 'off',
  mode: 'full',
  reason: null,
  startsAt: null,
  endsAt: null,
  by: null,
  updatedAt: null,
  revision: 0,
};

/** On, without an end or a reason. */
export const ON_ENTRY: RecordEntry = { ...OFF_ENTRY, state: 'on' };

export const EMPTY_RECORD: MaintenanceRecord = {
  revision: 0,
  application: OFF_ENTRY,
  scopes: new Map(),
  activation: null,
  key: null,
  marks: [],
};

/** The state of an entry at a time. A window includes its start and excludes its end. */
export function stateAt(entry: RecordEntry, now: number): MaintenanceState {
  if (entry.state === 'off') return 'off';
  if (entry.endsAt !== null && now >= entry.endsAt) return 'off';
  if (entry.state === 'scheduled' && entry.startsAt !== null && now < entry.startsAt) return 'scheduled';
  return 'active';
}

/** The entry of a scope; for null, of the application. */
export function entryOf(record: MaintenanceRecord, scope: string | null): RecordEntry {
  return scope === null ? record.application : (record.scopes.get(scope) ?? OFF_ENTRY);
}

export function withEntry(
  record: MaintenanceRecord,
  scope: string | null,
  entry: RecordEntry,
): MaintenanceRecord {
  if (scope === null) return { ...record, application: entry };
  return { ...record, scopes: new Map(record.scopes).set(scope, entry) };
}

/** All entries, the application's first, each with its scope. */
export function entriesOf(record: MaintenanceRecord): [scope: string | null, entry: RecordEntry][] {
  return [[null, record.application], ...record.scopes];
}

/** Whether anything is active or scheduled. */
export function isAnythingOn(record: MaintenanceRecord, now: number): boolean {
  return entriesOf(record).some(([, entry]) => stateAt(entry, now) !== 'off');
}

/** The next time after `now` at which a window starts or ends; null: never. */
export function nextEdge(record: MaintenanceRecord, now: number): number | null {
  const edges = entriesOf(record).map(([, entry]) => {
    const state = stateAt(entry, now);
    return state === 'scheduled' ? entry.startsAt : state === 'active' ? entry.endsAt : null;
  });
  return edges.reduce(
    (first, edge) => (first === null || (edge !== null && edge < first) ? edge : first),
    null,
  );
}

/** The public status of an entry at a time. An entry that is off only shows who set it, and when. */
export function statusOf(
  entry: RecordEntry,
  scope: string | null,
  { revision, stale }: { revision: number; stale: boolean },
  now: number,
): MaintenanceStatus {
  const state = stateAt(entry, now);
  const isOn = state !== 'off';
  return {
    state,
    mode: isOn ? entry.mode : 'full',
    scope,
    reason: isOn ? entry.reason : null,
    startsAt: isOn ? dateOf(entry.startsAt) : null,
    endsAt: isOn ? dateOf(entry.endsAt) : null,
    by: entry.by,
    updatedAt: dateOf(entry.updatedAt),
    revision,
    stale,
  };
}

function dateOf(time: number | null): Date | null {
  return time === null ? null : new Date(time);
}

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
