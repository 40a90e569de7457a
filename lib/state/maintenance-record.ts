import type { MaintenanceMode, MaintenanceState } from '../contracts/maintenance-status.js';

/** What is stored for the application or for one scope. Times are milliseconds since 1970. */
export interface RecordEntry {
  /** `on` holds from now; `scheduled` from `startsAt` on; both until `endsAt`. */
  readonly state: 'off' | 'on' | 'scheduled';
  readonly mode: MaintenanceMode;
  readonly reason: string | null;
  readonly startsAt: number | null;
  readonly endsAt: number | null;
  readonly by: string | null;
  readonly updatedAt: number | null;
  /** The record's revision that set this entry: tells two settings apart that look alike. */
  readonly revision: number;
}

/** All that a storage holds, as one value: the application's own state and those of its scopes. */
export interface MaintenanceRecord {
  readonly revision: number;
  readonly application: RecordEntry;
  readonly scopes: ReadonlyMap<string, RecordEntry>;
  /** Changes each time that maintenance becomes active anew; null while nothing is on or where it is not known. */
  readonly activation: string | null;
  /** Signs confirm tokens; null until this package has written the record once. */
  readonly key: string | null;
  /** Of the last changes, the latest one last: tells which of two records was made from the other. Empty if not known. */
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

/** On until somebody turns it off, with nothing said about it. */
export const ON_ENTRY: RecordEntry = { ...OFF_ENTRY, state: 'on' };

export const EMPTY_RECORD: MaintenanceRecord = {
  revision: 0,
  application: OFF_ENTRY,
  scopes: new Map(),
  activation: null,
  key: null,
  marks: [],
};

/** The state of an entry at a time. A window is half open: from its start on, until just before its end. */
export function stateAt(entry: RecordEntry, now: number): MaintenanceState {
  if (entry.state === 'off') return 'off';
  if (entry.endsAt !== null && now >= entry.endsAt) return 'off';
  if (entry.state === 'scheduled' && entry.startsAt !== null && now < entry.startsAt) return 'scheduled';
  return 'active';
}

/** The entry of a scope; without one, of the application. */
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

/** Whether anything holds or will hold. */
export function holdsAnything(record: MaintenanceRecord, now: number): boolean {
  return entriesOf(record).some(([, entry]) => stateAt(entry, now) !== 'off');
}

/** The next time after `now` at which something changes by itself, because a window starts or ends; null: never. */
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
