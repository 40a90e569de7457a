import type { Logger } from '@nestjs/common';
import { type Observable, Subject } from 'rxjs';
import type {
  MaintenanceEvent,
  MaintenanceStatus,
  MaintenanceEventType,
} from '../interfaces/maintenance-status.js';

/** The public events: each change is published once, however this process has learned of it. */
export class StateEvents {
  readonly #subject = new Subject<MaintenanceEvent>();
  /** What was published last, by scope. */
  #published = new Map<string | null, MaintenanceStatus>();

  readonly events: Observable<MaintenanceEvent> = this.#subject.asObservable();

  /** @param offStatus the status of a scope that a record with this revision does not have. */
  publish(
    statuses: readonly MaintenanceStatus[],
    offStatus: (scope: string | null, revision: number) => MaintenanceStatus,
  ): void {
    const current = new Map(statuses.map((status) => [status.scope, status]));
    const at = new Date();
    const events = [...new Set([...this.#published.keys(), ...current.keys()])].flatMap((scope) => {
      const before = this.#published.get(scope) ?? offStatus(scope, this.#published.get(null)?.revision ?? 0);
      const after = current.get(scope) ?? offStatus(scope, current.get(null)?.revision ?? 0);
      return eventsBetween(before, after).map((type) => ({ type, scope, before, after, at }));
    });
    // First, since a subscriber may change the state, which publishes again.
    this.#published = current;
    for (const event of events) this.#subject.next(event);
  }

  failed(before: MaintenanceStatus, after: MaintenanceStatus, error: Error): void {
    this.#subject.next({ type: 'storage-failed', scope: null, before, after, at: new Date(), error });
  }

  recovered(before: MaintenanceStatus, after: MaintenanceStatus): void {
    this.#subject.next({ type: 'storage-recovered', scope: null, before, after, at: new Date() });
  }

  complete(): void {
    this.#subject.complete();
  }
}

/** The types of the events between two statuses of the same scope. */
export function eventsBetween(before: MaintenanceStatus, after: MaintenanceStatus): MaintenanceEventType[] {
  if (before.state === after.state) return isSameSetting(before, after) ? [] : ['updated'];
  const types: MaintenanceEventType[] = [];
  if (before.state === 'active') types.push('deactivated');
  if (before.state === 'scheduled' && after.state === 'off') types.push('cancelled');
  if (after.state === 'active') types.push('activated');
  if (after.state === 'scheduled') types.push('scheduled');
  return types;
}

function isSameSetting(a: MaintenanceStatus, b: MaintenanceStatus): boolean {
  return (
    a.mode === b.mode &&
    a.reason === b.reason &&
    a.by === b.by &&
    a.startsAt?.getTime() === b.startsAt?.getTime() &&
    a.endsAt?.getTime() === b.endsAt?.getTime() &&
    a.updatedAt?.getTime() === b.updatedAt?.getTime()
  );
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

/** Remembers what was logged since maintenance became active, so that the log has one line for each activation, not for each call. */
export class OncePerActivation {
  readonly #logged = new Set<string>();

  constructor(events: Observable<MaintenanceEvent>) {
    events.subscribe(({ type }) => {
      if (type === 'deactivated') this.#logged.clear();
    });
  }

  /** Whether this is the first time since maintenance became active. */
  isFirst(key: string): boolean {
    const isFirst = !this.#logged.has(key);
    this.#logged.add(key);
    return isFirst;
  }
}

/** Logs one line for each change, and one each for the beginning and the end of an outage of the storage. */
export function logEvents(events: Observable<MaintenanceEvent>, logger: Logger): void {
  events.subscribe((event) => {
    switch (event.type) {
      case 'storage-failed':
        logger.error(
          `${event.error?.message ?? 'The storage has failed.'} ` +
            `What is known goes on to hold (${describeStatus(event.after)}), and it is tried again.`,
        );
        break;
      case 'storage-recovered':
        logger.log(`The storage answers again. Maintenance: ${describeStatus(event.after)}.`);
        break;
      default:
        logger.log(
          `Maintenance${event.scope === null ? '' : ` of ${JSON.stringify(event.scope)}`} ${lineOf(event)}.`,
        );
    }
  });
}

function lineOf({ type, after }: MaintenanceEvent): string {
  switch (type) {
    case 'deactivated':
    case 'cancelled':
      return `${type}${byWhom(after)}`;
    default:
      return `${type}: ${describeStatus(after)}`;
  }
}

/** A status in words. Text from users is quoted as JSON, so that a line break in a reason makes no second line in a log. */
export function describeStatus(status: MaintenanceStatus): string {
  const parts = [
    status.state,
    status.mode === 'read-only' ? 'read-only' : '',
    status.startsAt ? `from ${status.startsAt.toISOString()}` : '',
    status.endsAt ? `until ${status.endsAt.toISOString()}` : '',
    status.reason === null ? '' : `for ${quoted(status.reason)}`,
  ];
  return parts.filter((part) => part !== '').join(', ') + byWhom(status);
}

/** `, by "admin"` */
export function byWhom(status: MaintenanceStatus): string {
  return status.by === null ? '' : `, by ${quoted(status.by)}`;
}

/** As JSON. Also escapes what JSON allows and a terminal or a log takes for a line break or a command. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[\p{Cc}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
