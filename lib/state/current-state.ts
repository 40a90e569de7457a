import type { MaintenanceChange, MaintenanceStatus } from '../interfaces/maintenance-status.js';
import { AddressRanges, parseAddressRange } from '../validation/matchers.js';
import { MAX_DELAY_MS } from '../validation/values.js';
import { type ValidSecret, validSecrets } from './changes.js';
import { isOvertaken, succeeding } from './lineage.js';
import {
  dateOf,
  EMPTY_RECORD,
  entriesOf,
  entryOf,
  type MaintenanceRecord,
  nextEdge,
  ON_ENTRY,
  plannedStatusOf,
  type RecordedChange,
  shownEntryOf,
  sinceOf,
  stageAt,
  stateAt,
  type StatusContext,
  statusOf,
  decidingScope,
  blockingScope,
  isActiveAnywhere,
} from './maintenance-record.js';
import { type EventsListener, Outage, OwnChanges, type ScopeView, StateEvents } from './state-events.js';

/** The state while no record could be read since boot. `throw`: boot fails, and reading the state before is an error. */
export type UnknownState = 'open' | 'closed' | 'throw';

const ON_RECORD: MaintenanceRecord = { ...EMPTY_RECORD, application: ON_ENTRY };

const NOTHING: readonly never[] = [];

/** What a bypass cookie is bound to: it expires when maintenance becomes active again. */
export interface Activation {
  /** Differs for each activation, if the record distinguishes them. */
  readonly id: string;
  /** Cookies issued before are not valid; milliseconds since 1970. */
  readonly since: number;
}

/**
 * The state in memory, from which decisions are made, and the events of its changes.
 *
 * Windows are compared with the clock at each call. The timer at their edges only publishes events.
 */
export class CurrentState {
  readonly #unknownState: UnknownState;
  readonly #events = new StateEvents();
  #record: MaintenanceRecord | null = null;
  /** The last argument of `accept`, to recognise it. */
  #accepted: MaintenanceRecord | null = null;
  #failure: Error | null = null;
  /** No entry is on or scheduled: all that a request looks at while maintenance is off. */
  #quiet: boolean;
  readonly #forced: boolean;
  /** When this process last knew that nothing was active, for records that do not say when that ended. */
  #seenInactiveAt = 0;
  #cache = new BlockingCache();
  readonly #ownChanges = new OwnChanges();
  /** Publishes that a window starts or ends. Decisions do not depend on it. */
  #edgeTimer: NodeJS.Timeout | undefined;
  #nextEdge: number | null = null;
  #publishedAt = 0;
  /** When a read of the storage is overdue, by the clock of the system: the monotonic one stands still in a suspended machine. */
  #overdueAt = Infinity;
  #readOverdue: () => Promise<void> = () => Promise.resolve();
  readonly #outage: Outage;

  readonly #leadMs: number;

  /**
   * @param forced the `enabled` option. If it is set, it alone decides.
   * @param quietMs how long nothing may fail before an outage is over.
   * @param leadMs how long before its start a window is announced by default.
   */
  constructor(unknownState: UnknownState, forced: boolean | undefined, quietMs: number, leadMs: number) {
    this.#unknownState = unknownState;
    this.#leadMs = leadMs;
    this.#outage = new Outage(quietMs, () => {
      const after = this.#applicationStatus(Date.now());
      this.#events.recovered({ ...after, stale: true }, after);
    });
    this.#quiet = unknownState === 'open';
    this.#forced = forced !== undefined;
    if (forced !== undefined) this.accept(forced ? ON_RECORD : EMPTY_RECORD);
  }

  /** The last known record; null if none could be read since boot. */
  get record(): MaintenanceRecord | null {
    return this.#record;
  }

  /**
   * Null if the state in memory is up to date as far as can be known: always, unless the process was frozen. Then a promise that
   * resolves after a new read, which all callers share, or when the time limit of a read is over. It never rejects.
   */
  whenCurrent(): Promise<void> | null {
    return Date.now() < this.#overdueAt ? null : this.#readOverdue();
  }

  /**
   * @param overdueAt when a read is overdue; `Infinity` while an outage is known, and if no other process can change the state.
   * @param read reads the storage for `whenCurrent`.
   */
  expectRead(overdueAt: number, read: () => Promise<void>): void {
    this.#overdueAt = overdueAt;
    this.#readOverdue = read;
  }

  /**
   * @param over called when there will be no more events.
   * @returns a function that takes the listener away again.
   */
  listen(listener: EventsListener, over?: () => void): () => void {
    return this.#events.listen(listener, over);
  }

  /** Whether maintenance is active for the scope, or for the whole application. */
  isActive(scope?: string): boolean {
    if (this.#quiet) return false;
    const now = Date.now();
    const record = this.#demandRecord();
    return (
      stateAt(record.application, now) === 'active' ||
      (scope !== undefined && stateAt(entryOf(record, scope), now) === 'active')
    );
  }

  /** The application's own status if it is active or there is no scope, otherwise the scope's. */
  status(scope?: string): MaintenanceStatus {
    const now = Date.now();
    const record = this.#demandRecord();
    return this.#statusOf(record, decidingScope(record, scope, now), now);
  }

  /** The application's status, then that of every scope that is not off; a next stage follows the present one. */
  list(): readonly MaintenanceStatus[] {
    const now = Date.now();
    const record = this.#demandRecord();
    return entriesOf(record).flatMap(([scope]) => {
      const { present, planned } = this.#viewOf(record, scope, now);
      const isShown = scope === null || present.state !== 'off';
      return [isShown ? present : null, planned].filter((status) => status !== null);
    });
  }

  /** The last changes that are known, newest first. */
  history(limit = Infinity): readonly MaintenanceChange[] {
    const { history } = this.#knownRecord();
    return history.toReversed().slice(0, limit).map(publicChange);
  }

  /** Since when maintenance has been active without a break; null if it is not, or if that is not known. */
  activeSince(scope: string | null): Date | null {
    const now = Date.now();
    const stage = stageAt(entryOf(this.#knownRecord(), scope), now);
    return stateAt(stage, now) === 'active' ? dateOf(sinceOf(stage)) : null;
  }

  /** The addresses that are let in while the status of this scope blocks. Parsed once until something changes. */
  allowedAddresses(scope: string | null): AddressRanges {
    const now = Date.now();
    const { allowed } = this.#cacheAt(now);
    let ranges = allowed.get(scope);
    if (!ranges) {
      const { allow } = stageAt(entryOf(this.#knownRecord(), scope), now);
      ranges = new AddressRanges(allow.map(parseAddressRange).filter((range) => range !== null));
      allowed.set(scope, ranges);
    }
    return ranges;
  }

  /** The bypass secrets that were issued and are valid. The same array until something changes. */
  issuedSecrets(): readonly ValidSecret[] {
    if (this.#quiet) return NOTHING;
    const now = Date.now();
    return (this.#cacheAt(now).secrets ??= validSecrets(this.#knownRecord(), now));
  }

  /**
   * The active status that blocks (`blockingScope` says whose), or null. It stays the same object until something changes, so
   * that responses can be cached by it.
   */
  activeStatus(scope?: string): MaintenanceStatus | null {
    if (this.#quiet) return null;
    const now = Date.now();
    const { active, statuses } = this.#cacheAt(now);
    const known = active.get(scope);
    if (known !== undefined) return known;
    const record = this.#demandRecord();
    const blocking = blockingScope(record, scope, now);
    const isActive = stateAt(entryOf(record, blocking), now) === 'active';
    const status = isActive ? (statuses.get(blocking) ?? this.#statusOf(record, blocking, now)) : null;
    if (status) statuses.set(blocking, status);
    active.set(scope, status);
    return status;
  }

  /** The current activation of a scope; for null, of the whole application. */
  activation(scope: string | null): Activation {
    const record = this.#knownRecord();
    const stage = stageAt(entryOf(record, scope), Date.now());
    const start = stage.state === 'scheduled' ? (sinceOf(stage) ?? 0) : 0;
    if (record.activation !== null) return { id: record.activation, since: start };
    return {
      id: this.#forced ? 'forced' : unmarkedActivation(record),
      since: Math.max(start, this.#seenInactiveAt),
    };
  }

  /** Takes the stored record as the successor of the known one. */
  accept(record: MaintenanceRecord): void {
    const isKnown = record === this.#accepted || record === this.#record;
    const now = Date.now();
    // A record that is read again unchanged was the same until now; another one may have become active since the last read.
    const known = isKnown ? this.#record : record;
    if (known !== null && !isActiveAnywhere(known, now)) this.#seenInactiveAt = now;
    if (isKnown && this.#failure === null) return;
    if (!isKnown) {
      this.#accepted = record;
      this.#record = succeeding(record, this.#record);
    }
    this.#failure = null;
    this.#quiet = entriesOf(record).every(([, entry]) => entry.state === 'off');
    this.#outage.end();
    this.#publish();
  }

  /** A stored record as `accept` would take it. */
  successor(record: MaintenanceRecord): MaintenanceRecord {
    const known = this.#record;
    return known !== null && record === this.#accepted ? known : succeeding(record, known);
  }

  /** Remembers that this process makes the last change of the record, which it is about to write. */
  willWrite(record: MaintenanceRecord): void {
    this.#ownChanges.add(record);
  }

  /** Takes the record that this process has written, unless the known one is newer: answers can arrive late. */
  acceptWritten(record: MaintenanceRecord): void {
    if (this.#record === null || !isOvertaken(record, this.#record)) this.accept(record);
  }

  /** Notes that the storage cannot be read. The known state stays in effect. */
  fail(error: Error): void {
    const now = Date.now();
    const before = this.#applicationStatus(now);
    this.#failure = error;
    this.#cache = new BlockingCache();
    // The assumed state of an unknown one is in effect from now on as well.
    if (this.#record === null) this.#publish();
    if (this.#outage.begin()) this.#events.failed(before, this.#applicationStatus(now), error);
  }

  /** Publishes what the clock has changed without the timer: it was set, or the machine slept. */
  catchUp(): void {
    const now = Date.now();
    if (now < this.#publishedAt || (this.#nextEdge !== null && now >= this.#nextEdge)) this.#publish();
  }

  stop(): void {
    clearTimeout(this.#edgeTimer);
    this.#outage.stop();
    this.#events.end();
  }

  /** Publishes what has changed since the last time, now and at the next edge of a window. */
  #publish(): void {
    this.#cache = new BlockingCache();
    const now = Date.now();
    const record = this.#knownRecord();
    this.#publishedAt = now;
    this.#nextEdge = nextEdge(record, now, this.#leadMs);
    this.#setEdgeTimer(now);
    this.#events.publish(record, (of, scope) => this.#viewOf(of, scope, now));
  }

  /** Another one from the next edge of a window on: the timer of the edge may be late, and the clock may be set. */
  #cacheAt(now: number): BlockingCache {
    const cache = this.#cache;
    if (now >= cache.from && now < cache.until) return cache;
    const until = nextEdge(this.#knownRecord(), now, this.#leadMs) ?? Infinity;
    return (this.#cache = new BlockingCache(now, until));
  }

  /** A timer longer than the limit fires early, looks at the clock and is set again. Does not keep the process alive. */
  #setEdgeTimer(now: number): void {
    clearTimeout(this.#edgeTimer);
    if (this.#nextEdge === null) return;
    const delay = Math.min(Math.max(this.#nextEdge - now, 1), MAX_DELAY_MS);
    this.#edgeTimer = setTimeout(() => this.#publish(), delay).unref();
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
    return statusOf(shownEntryOf(record, scope), scope, this.#contextOf(record), now);
  }

  #viewOf(record: MaintenanceRecord, scope: string | null, now: number): ScopeView {
    return {
      present: this.#statusOf(record, scope, now),
      planned: plannedStatusOf(entryOf(record, scope), scope, this.#contextOf(record), now),
      origin: this.#ownChanges.originOf(record, scope),
    };
  }

  #contextOf({ revision }: MaintenanceRecord): StatusContext {
    return { revision, stale: this.#failure !== null, leadMs: this.#leadMs };
  }
}

/**
 * For a record without an activation id, written by hand or by another program: made of what all instances read in it, and
 * what stays the same when this package writes it.
 */
function unmarkedActivation({ application }: MaintenanceRecord): string {
  return `unmarked ${application.state} ${application.startsAt ?? ''}`;
}

/** What decisions about requests need again and again: made once, right from one time to another. */
class BlockingCache {
  /** By the scope that blocks. */
  readonly statuses = new Map<string | null, MaintenanceStatus>();
  /** By the scope of the handler; null: nothing blocks it. */
  readonly active = new Map<string | undefined, MaintenanceStatus | null>();
  readonly allowed = new Map<string | null, AddressRanges>();
  secrets: readonly ValidSecret[] | null = null;

  constructor(
    readonly from = 0,
    readonly until = 0,
  ) {}
}

/** A recorded change as the service shows it. */
function publicChange(change: RecordedChange): MaintenanceChange {
  return {
    ...change,
    at: new Date(change.at),
    startsAt: dateOf(change.startsAt),
    endsAt: dateOf(change.endsAt),
  };
}
