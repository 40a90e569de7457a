import type {
  MaintenanceChangeVia,
  MaintenanceMode,
  MaintenanceReasons,
  MaintenanceState,
  MaintenanceStatus,
} from '../interfaces/maintenance-status.js';

/** What is stored for the application or for one scope. Times are milliseconds since 1970. */
export interface RecordEntry {
  /** `on` is active at once, `scheduled` from `startsAt`; both until `endsAt`. */
  readonly state: 'off' | 'on' | 'scheduled';
  readonly mode: MaintenanceMode;
  readonly reason: string | null;
  /** By language; `reason` is one of these texts then. */
  readonly reasons: MaintenanceReasons | null;
  /** Never sent to visitors. */
  readonly note: string | null;
  readonly startsAt: number | null;
  readonly endsAt: number | null;
  /** When visitors are told of it; null: by default. */
  readonly announceFrom: number | null;
  /** Addresses and CIDR ranges that are let in while it is active. */
  readonly allow: readonly string[];
  readonly by: string | null;
  readonly updatedAt: number | null;
  /** Since when it has been on, if that was before `startsAt` or `updatedAt`. */
  readonly since: number | null;
  /** The record's revision that set this entry: distinguishes two settings that look the same. */
  readonly revision: number;
  /** The stage that begins while this one is on: scheduled, without another stage after it. */
  readonly next: PlannedEntry | null;
}

/** What begins at a time. */
export interface PlannedEntry extends RecordEntry {
  readonly startsAt: number;
}

/** One change of the past, as it is stored. Times are milliseconds since 1970. */
export interface RecordedChange {
  readonly at: number;
  readonly action: 'on' | 'off' | 'updated' | 'restored';
  readonly scope: string | null;
  readonly by: string | null;
  readonly via: MaintenanceChangeVia;
  readonly reason: string | null;
  readonly note: string | null;
  readonly startsAt: number | null;
  readonly endsAt: number | null;
  readonly mode: MaintenanceMode;
  readonly revision: number;
}

/** A bypass secret that was issued for maintenance that was on or scheduled. */
export interface IssuedSecret {
  /** SHA-256 of the secret, base64url. */
  readonly hash: string;
  readonly by: string | null;
  readonly at: number;
  /** What it lets clients through: those of them that have been on or scheduled since. */
  readonly scopes: readonly (string | null)[];
}

/** Everything that is stored, as one value: the state of the application and those of its scopes. */
export interface MaintenanceRecord {
  readonly revision: number;
  readonly application: RecordEntry;
  /** Those that are on or scheduled. */
  readonly scopes: ReadonlyMap<string, RecordEntry>;
  /** Changes each time maintenance becomes active; null while nothing is on, or if it is not known. */
  readonly activation: string | null;
  /** Signs confirm tokens; null until this package has written the record once. */
  readonly key: string | null;
  /** One for each of the last changes, the latest one last: shows which of two records was made from the other. Empty if not known. */
  readonly marks: readonly string[];
  /** The last changes, the latest one last. */
  readonly history: readonly RecordedChange[];
  readonly secrets: readonly IssuedSecret[];
}

export const OFF_ENTRY: RecordEntry = {
  state: 'off',
  mode: 'full',
  reason: null,
  reasons: null,
  note: null,
  startsAt: null,
  endsAt: null,
  announceFrom: null,
  allow: [],
  by: null,
  updatedAt: null,
  since: null,
  revision: 0,
  next: null,
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
  history: [],
  secrets: [],
};

/** The entry of a scope; for null, of the application. */
export function entryOf(record: MaintenanceRecord, scope: string | null): RecordEntry {
  return scope === null ? record.application : (record.scopes.get(scope) ?? OFF_ENTRY);
}

/** The record with another entry. A scope that is off leaves it: only its history tells who turned it off. */
export function withEntry(
  record: MaintenanceRecord,
  scope: string | null,
  entry: RecordEntry,
): MaintenanceRecord {
  if (scope === null) return { ...record, application: entry };
  const scopes = new Map(record.scopes);
  if (entry.state === 'off') scopes.delete(scope);
  else scopes.set(scope, entry);
  return { ...record, scopes };
}

/** All entries, the application's first, each with its scope. */
export function entriesOf(record: MaintenanceRecord): [scope: string | null, entry: RecordEntry][] {
  return [[null, record.application], ...record.scopes];
}

/** Whether two entries were set by the same change. */
export function isSameSetting(a: RecordEntry, b: RecordEntry): boolean {
  return a.revision === b.revision && a.updatedAt === b.updatedAt && a.state === b.state;
}

/** The latest change of a scope in the history. */
export function lastChangeOf(record: MaintenanceRecord, scope: string | null): RecordedChange | undefined {
  return record.history.findLast((change) => change.scope === scope);
}

/** The entry of a scope, also for one that is off: its history says who turned it off, or set the window that is over. */
export function shownEntryOf(record: MaintenanceRecord, scope: string | null): RecordEntry {
  const entry = entryOf(record, scope);
  const setBy = entry === OFF_ENTRY ? setOff(record, scope) : undefined;
  return setBy === undefined ? entry : { ...OFF_ENTRY, by: setBy.by, updatedAt: setBy.at };
}

/** The change by which a scope is off. Undefined if that is not known: a person has deleted the file. */
function setOff(record: MaintenanceRecord, scope: string | null): RecordedChange | undefined {
  const last = lastChangeOf(record, scope);
  // A run has restored what was before it.
  if (last?.action === 'restored')
    return record.history.findLast((change) => change.scope === scope && change.action === 'off');
  return last?.action === 'off' || last?.endsAt != null ? last : undefined;
}

/** A change, whose texts and window are those of the stage that it has set. */
export function recordedChange(
  revision: number,
  stage: RecordEntry,
  change: Pick<RecordedChange, 'at' | 'action' | 'scope' | 'by' | 'via' | 'note'>,
): RecordedChange {
  const { reason, startsAt, endsAt, mode } = stage;
  return { ...change, reason, startsAt, endsAt, mode, revision };
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
function announcedFrom(entry: PlannedEntry, leadMs: number): number {
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

/** Whether anything is active. */
export function isActiveAnywhere(record: MaintenanceRecord, now: number): boolean {
  return entriesOf(record).some(([, entry]) => stateAt(entry, now) === 'active');
}

/** Whose status counts: the application's if it is active or there is no scope, otherwise the scope's. */
export function decidingScope(
  record: MaintenanceRecord,
  scope: string | undefined,
  now: number,
): string | null {
  return scope === undefined || stateAt(record.application, now) === 'active' ? null : scope;
}

/**
 * Whose status blocks if anything does: the scope's if the application is only read-only and the scope is in full maintenance,
 * otherwise the deciding one.
 */
export function blockingScope(
  record: MaintenanceRecord,
  scope: string | undefined,
  now: number,
): string | null {
  const deciding = decidingScope(record, scope, now);
  if (scope === undefined || deciding !== null) return deciding;
  if (stageAt(record.application, now).mode === 'full') return deciding;
  const own = stageAt(entryOf(record, scope), now);
  return own.mode === 'full' && stateAt(own, now) === 'active' ? scope : null;
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

/** What an entry keeps of a reason: the text for whatever shows only one, and those by language. */
export type KeptReason = Pick<RecordEntry, 'reason' | 'reasons'>;

const DEFAULT_LANGUAGE = 'en';

/** The language of the text for whatever shows only one: English, which is the default of the page, or the first that was given. */
export function defaultLanguageOf(reasons: MaintenanceReasons): string {
  const [first = DEFAULT_LANGUAGE] = Object.keys(reasons);
  return Object.hasOwn(reasons, DEFAULT_LANGUAGE) ? DEFAULT_LANGUAGE : first;
}

/** The text for whatever shows only one. */
export function reasonIn(reasons: MaintenanceReasons): string {
  return reasons[defaultLanguageOf(reasons)] ?? '';
}
