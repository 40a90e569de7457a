import { isDeepStrictEqual } from 'node:util';
import type {
  MaintenanceEvent,
  MaintenanceEventType,
  MaintenanceStatus,
} from '../interfaces/maintenance-status.js';
import {
  EMPTY_RECORD,
  entriesOf,
  entryOf,
  lastChangeOf,
  type MaintenanceRecord,
  OFF_ENTRY,
  statusOf,
} from './maintenance-record.js';

/** What is public of a scope at a time. */
export interface ScopeView {
  readonly present: MaintenanceStatus;
  /** The next stage, while there is one beside the present. */
  readonly planned: MaintenanceStatus | null;
  /** Where its last change was made. */
  readonly origin: MaintenanceEvent['origin'];
}

/** Called with the events of one change of one scope together. */
export type EventsListener = (events: readonly MaintenanceEvent[]) => void;

/** The public events: each change is published once, however this process has learned of it. */
export class StateEvents {
  readonly #listeners = new Map<EventsListener, (() => void) | undefined>();
  #isOver = false;
  /** Whose events were published last, and what was public then, by scope. */
  #record = EMPTY_RECORD;
  #views = new Map<string | null, ScopeView>();

  /**
   * @param over called when there will be no more events.
   * @returns a function that takes the listener away again.
   */
  listen(listener: EventsListener, over?: () => void): () => void {
    if (this.#isOver) over?.();
    else this.#listeners.set(listener, over);
    return () => void this.#listeners.delete(listener);
  }

  end(): void {
    this.#isOver = true;
    for (const over of this.#listeners.values()) over?.();
    this.#listeners.clear();
  }

  /**
   * Publishes what has changed since the last time.
   *
   * @param viewOf what is public of a scope of a record now.
   */
  publish(
    record: MaintenanceRecord,
    viewOf: (record: MaintenanceRecord, scope: string | null) => ScopeView,
  ): void {
    const [known, before] = [this.#record, this.#views];
    const views = new Map(entriesOf(record).map(([scope]) => [scope, viewOf(record, scope)]));
    const at = new Date();
    const changes = [...new Set([...before.keys(), ...views.keys()])].map((scope) => {
      const after = views.get(scope) ?? viewOf(record, scope);
      const events = eventsOf(before.get(scope) ?? viewOf(known, scope), after);
      const { origin } = after;
      return events.map(({ type, before: was, after: is }): MaintenanceEvent => {
        return { type, scope, before: was, after: is, at, origin };
      });
    });
    // First, since a subscriber may change the state, which publishes again.
    this.#record = record;
    this.#views = views;
    for (const events of changes) if (events.length > 0) this.#tell(events);
  }

  failed(before: MaintenanceStatus, after: MaintenanceStatus, error: Error): void {
    this.#publishOne({ type: 'storage-failed', before, after, error });
  }

  recovered(before: MaintenanceStatus, after: MaintenanceStatus): void {
    this.#publishOne({ type: 'storage-recovered', before, after });
  }

  #publishOne(event: Omit<MaintenanceEvent, 'scope' | 'at' | 'origin'>): void {
    this.#tell([{ ...event, scope: null, at: new Date(), origin: 'local' }]);
  }

  /** One that is added meanwhile hears of the next ones. The error of one is thrown by itself, and keeps nothing from the others. */
  #tell(events: readonly MaintenanceEvent[]): void {
    for (const listener of Array.from(this.#listeners.keys())) {
      try {
        listener(events);
      } catch (error) {
        setTimeout(() => {
          throw error;
        });
      }
    }
  }
}

type Told = Pick<MaintenanceEvent, 'type' | 'before' | 'after'>;

/** What to tell of a change of one scope. A planned stage that becomes the present one was told when it was planned. */
function eventsOf(before: ScopeView, after: ScopeView): Told[] {
  const isNextStage = before.planned !== null && isSameSetting(before.planned, after.present);
  const told = isNextStage ? toldOf(before.planned) : [];
  const present = eventsBetween(before.present, after.present)
    .filter((type) => !told.includes(type))
    .map((type) => ({ type, before: before.present, after: after.present }));
  const off = offStatus(after.present.scope, after.present.revision);
  const [was, is] = [(isNextStage ? null : before.planned) ?? off, after.planned ?? off];
  return [...present, ...eventsBetween(was, is).map((type) => ({ type, before: was, after: is }))];
}

function toldOf(planned: MaintenanceStatus | null): MaintenanceEventType[] {
  return planned?.announced === true ? ['scheduled', 'announced'] : ['scheduled'];
}

/** The types of the events between two statuses of the same scope. */
export function eventsBetween(before: MaintenanceStatus, after: MaintenanceStatus): MaintenanceEventType[] {
  const types = changesBetween(before, after);
  if (after.announced && !before.announced) types.push('announced');
  return types;
}

function changesBetween(before: MaintenanceStatus, after: MaintenanceStatus): MaintenanceEventType[] {
  if (before.state === after.state) {
    return after.state === 'off' || isSameSetting(before, after) ? [] : ['updated'];
  }
  const types: MaintenanceEventType[] = [];
  if (before.state === 'active') types.push('deactivated');
  if (before.state === 'scheduled' && after.state === 'off') types.push('cancelled');
  if (after.state === 'active') types.push('activated');
  if (after.state === 'scheduled') types.push('scheduled');
  return types;
}

/** Whether two statuses show the same setting, whose window may have begun or ended in between. */
export function isSameSetting(a: MaintenanceStatus, b: MaintenanceStatus): boolean {
  return (
    a.mode === b.mode &&
    a.reason === b.reason &&
    isDeepStrictEqual(a.reasons, b.reasons) &&
    a.by === b.by &&
    a.startsAt?.getTime() === b.startsAt?.getTime() &&
    a.endsAt?.getTime() === b.endsAt?.getTime() &&
    a.updatedAt?.getTime() === b.updatedAt?.getTime()
  );
}

function offStatus(scope: string | null, revision: number): MaintenanceStatus {
  return statusOf(OFF_ENTRY, scope, { revision, stale: false, leadMs: 0 }, 0);
}

const MAX_MARKS = 64;

/** Recognises the changes that this process has made, by their marks, also when they are read in the storage. */
export class OwnChanges {
  #marks: readonly string[] = [];

  /** Remembers the last change of a record. Before it is written, since it can be read before the write has returned. */
  add({ marks }: MaintenanceRecord): void {
    this.#marks = [...this.#marks, ...marks.slice(-1)].slice(-MAX_MARKS);
  }

  /** Where the last change of a scope was made. */
  originOf(record: MaintenanceRecord, scope: string | null): MaintenanceEvent['origin'] {
    const { revision } = entryOf(record, scope);
    const last = Math.max(revision, lastChangeOf(record, scope)?.revision ?? 0);
    const mark = record.marks.findLast((candidate) => candidate.startsWith(`${last}.`));
    return mark !== undefined && this.#marks.includes(mark) ? 'local' : 'remote';
  }
}

/** An outage that comes back within this many times the quiet time after its end was reported counts as flapping. */
const CALM_FACTOR = 4;
const MAX_QUIET_MS = 60_000;

/**
 * Reports an outage once, and its end when nothing has failed for a while. That while doubles each time the outage comes
 * back soon, so failures and recoveries alternate, and a flapping storage does not fill the log.
 */
export class Outage {
  #isReported = false;
  #quietMs: number;
  #endedAt = -Infinity;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly minQuietMs: number,
    private readonly reportEnd: () => void,
  ) {
    this.#quietMs = minQuietMs;
  }

  /** Something has failed. Returns whether to report it. */
  begin(): boolean {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#isReported) return false;
    const isCalm = performance.now() - this.#endedAt > CALM_FACTOR * this.#quietMs;
    this.#quietMs = isCalm ? this.minQuietMs : Math.min(2 * this.#quietMs, MAX_QUIET_MS);
    this.#isReported = true;
    return true;
  }

  /** The storage works again. */
  end(): void {
    if (!this.#isReported || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#isReported = false;
      this.#endedAt = performance.now();
      this.reportEnd();
    }, this.#quietMs).unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
