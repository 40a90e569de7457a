import { type Observable, Subject } from 'rxjs';
import type { MaintenanceEvent } from '../contracts/maintenance-event.js';
import type { MaintenanceStatus } from '../contracts/maintenance-status.js';
import {
  EMPTY_RECORD,
  entriesOf,
  entryOf,
  type MaintenanceRecord,
  nextBoundary,
  OFF_ENTRY,
  type RecordEntry,
  stateAt,
} from './maintenance-record.js';
import { eventsBetween, statusOf } from './status.js';

/** What holds while no record could be read since boot. `throw`: boot fails, and asking before is an error. */
export type UnknownState = 'open' | 'closed' | 'throw';

/** Longer delays overflow setTimeout's 32 bits and fire at once. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

const ON_RECORD: MaintenanceRecord = { ...EMPTY_RECORD, application: { ...OFF_ENTRY, state: 'on' } };

/** What a bypass cookie is bound to: it ends when maintenance becomes active anew. */
export interface Activation {
  /** Changes with each activation; empty where the record does not tell them apart. */
  readonly id: string;
  /** Cookies handed out before are not valid; milliseconds since 1970. */
  readonly since: number;
}

/**
 * The state that decisions are made from, in memory, and the news of its changes.
 *
 * Windows are compared with the clock at each question; the timer at their edges only tells it to subscribers.
 */
export class CurrentState {
  readonly #unknownState: UnknownState;
  readonly #events = new Subject<MaintenanceEvent>();
  #record: MaintenanceRecord | null = null;
  /** What `accept` got last, to know it again. */
  #accepted: MaintenanceRecord | null = null;
  #failure: Error | null = null;
  /** No entry is on or scheduled: the one question that each request asks while nothing is the matter. */
  #quiet: boolean;
  /** When this process saw maintenance begin, for records that do not say it. */
  #seenActiveSince = 0;
  #announced = new Map<string | null, MaintenanceStatus>();
  readonly #heldStatuses = new Map<string | null, MaintenanceStatus>();
  #boundaryTimer: NodeJS.Timeout | undefined;

  readonly events: Observable<MaintenanceEvent> = this.#events.asObservable();

  /** @param forced the `enabled` option; where it is set, it is all that there is to know. */
  constructor(unknownState: UnknownState, forced?: boolean) {
    this.#unknownState = unknownState;
    this.#quiet = unknownState === 'open';
    if (forced !== undefined) this.accept(forced ? ON_RECORD : EMPTY_RECORD);
  }

  /** The last known record; null where none could be read since boot. */
  get record(): MaintenanceRecord | null {
    return this.#record;
  }

  /** Whether maintenance holds for the scope, or for the whole application. */
  isActive(scope?: string): boolean {
    if (this.#quiet) return false;
    const now = Date.now();
    const record = this.#demandRecord();
    return (
      stateAt(record.application, now) === 'active' ||
      (scope !== undefined && stateAt(entryOf(record, scope), now) === 'active')
    );
  }

  /** The application's own status where it is active or no scope is asked for, else the scope's. */
  status(scope?: string): MaintenanceStatus {
    const now = Date.now();
    const record = this.#demandRecord();
    return this.#statusOf(record, decidingScope(record, scope, now), now);
  }

  /** The status that blocks, or null. It stays the same object until something changes, so answers can be kept by it. */
  heldStatus(scope?: string): MaintenanceStatus | null {
    if (!this.isActive(scope)) return null;
    const now = Date.now();
    const record = this.#demandRecord();
    const deciding = decidingScope(record, scope, now);
    const kept = this.#heldStatuses.get(deciding);
    if (kept) return kept;
    const status = this.#statusOf(record, deciding, now);
    // The window may have ended since the first question.
    if (status.state !== 'active') return null;
    this.#heldStatuses.set(deciding, status);
    return status;
  }

  /** The activation that holds for a scope; for null, for the whole application. */
  activation(scope: string | null): Activation {
    const record = this.#knownRecord();
    const entry = entryOf(record, scope);
    const start = entry.state === 'scheduled' ? (entry.startsAt ?? 0) : 0;
    return record.activation === null
      ? { id: '', since: Math.max(start, this.#seenActiveSince) }
      : { id: record.activation, since: start };
  }

  /**
   * Takes what the storage holds. A record without a number of its own (`0`, `1`, django's, a deleted file) gets the
   * one after the last known.
   */
  accept(record: MaintenanceRecord): void {
    if (record === this.#accepted && this.#failure === null) return;
    const now = Date.now();
    const before = this.#applicationStatus(now);
    const recovered = this.#failure !== null;
    if (this.#record === null || !isActiveAnywhere(this.#record, now)) this.#seenActiveSince = now;
    if (record !== this.#accepted) {
      this.#accepted = record;
      const revision =
        record.revision === 0 && this.#record !== null ? this.#record.revision + 1 : record.revision;
      this.#record = { ...record, revision };
    }
    this.#failure = null;
    this.#quiet = entriesOf(record).every(([, entry]) => entry.state === 'off');
    if (recovered) {
      const after = this.#applicationStatus(now);
      this.#events.next({ type: 'storage-recovered', scope: null, before, after, at: new Date(now) });
    }
    this.#announce();
  }

  /** Takes notice that the storage cannot be read; what is known goes on to hold. */
  fail(error: Error): void {
    const now = Date.now();
    const first = this.#failure === null;
    const before = this.#applicationStatus(now);
    this.#failure = error;
    this.#heldStatuses.clear();
    if (!first) return;
    const after = this.#applicationStatus(now);
    this.#events.next({ type: 'storage-failed', scope: null, before, after, at: new Date(now), error });
  }

  stop(): void {
    clearTimeout(this.#boundaryTimer);
    this.#events.complete();
  }

  /** Tells what has changed since it was last told, and waits for the next edge of a window. */
  #announce(): void {
    this.#heldStatuses.clear();
    const now = Date.now();
    const record = this.#knownRecord();
    const current = new Map(entriesOf(record).map(([scope]) => [scope, this.#statusOf(record, scope, now)]));
    const off = (scope: string | null): MaintenanceStatus => this.#statusOf(EMPTY_RECORD, scope, now);
    const news = [...new Set([...this.#announced.keys(), ...current.keys()])].flatMap((scope) => {
      const before = this.#announced.get(scope) ?? off(scope);
      const after = current.get(scope) ?? off(scope);
      return eventsBetween(before, after).map((type) => ({ type, scope, before, after, at: new Date(now) }));
    });
    this.#announced = current;
    this.#armBoundaryTimer(record, now);
    for (const event of news) this.#events.next(event);
  }

  #armBoundaryTimer(record: MaintenanceRecord, now: number): void {
    clearTimeout(this.#boundaryTimer);
    const boundaries = entriesOf(record)
      .map(([, entry]) => nextBoundary(entry, now))
      .filter((time) => time !== null);
    if (boundaries.length === 0) return;
    const delay = Math.min(Math.max(Math.min(...boundaries) - now, 1), MAX_TIMEOUT_MS);
    this.#boundaryTimer = setTimeout(() => this.#announce(), delay).unref();
  }

  #knownRecord(): MaintenanceRecord {
    return this.#record ?? (this.#unknownState === 'closed' ? ON_RECORD : EMPTY_RECORD);
  }

  #demandRecord(): MaintenanceRecord {
    if (this.#record === null && this.#unknownState === 'throw') {
      throw (
        this.#failure ??
        new Error('The maintenance state is not known yet: it is read when the application boots.')
      );
    }
    return this.#knownRecord();
  }

  #applicationStatus(now: number): MaintenanceStatus {
    return this.#statusOf(this.#knownRecord(), null, now);
  }

  #statusOf(record: MaintenanceRecord, scope: string | null, now: number): MaintenanceStatus {
    const entry: RecordEntry = entryOf(record, scope);
    return statusOf(entry, scope, { revision: record.revision, stale: this.#failure !== null }, now);
  }
}

function decidingScope(record: MaintenanceRecord, scope: string | undefined, now: number): string | null {
  return scope === undefined || stateAt(record.application, now) === 'active' ? null : scope;
}

function isActiveAnywhere(record: MaintenanceRecord, now: number): boolean {
  return entriesOf(record).some(([, entry]) => stateAt(entry, now) === 'active');
}
