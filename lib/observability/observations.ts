import { channel } from 'node:diagnostics_channel';
import type { InFlightWork } from '../drain/in-flight-work.js';
import type { MaintenanceEventType, MaintenanceStatus } from '../interfaces/maintenance-status.js';
import type { RequestCounts } from '../policy/policy.js';
import type { CurrentState } from '../state/current-state.js';
import { entryOf, sinceOf, stageAt } from '../state/maintenance-record.js';
import type { MaintenanceService } from '../state/maintenance.service.js';

const CHANGED = channel('nestjs-maintenance-mode:changed');
const STORAGE = channel('nestjs-maintenance-mode:storage');

type ChangeType = Exclude<MaintenanceEventType, 'storage-failed' | 'storage-recovered'>;

const CHANGE_TYPES: readonly ChangeType[] = [
  'scheduled',
  'announced',
  'activated',
  'updated',
  'deactivated',
  'cancelled',
];

/** What metrics, health checks and tracers learn of one application. Reading it touches no storage. */
export class Observations {
  readonly #changes = new Map<ChangeType, number>(CHANGE_TYPES.map((type) => [type, 0]));
  #storageFailures: number;

  constructor(
    private readonly state: Pick<CurrentState, 'record'>,
    private readonly service: MaintenanceService,
    private readonly work: InFlightWork,
    readonly requests: RequestCounts,
  ) {
    // The outage of a storage that could not be read at boot has been reported before.
    this.#storageFailures = this.status.stale ? 1 : 0;
    service.events.subscribe((event) => {
      const { type } = event;
      const isOfStorage = type === 'storage-failed' || type === 'storage-recovered';
      if (type === 'storage-failed') this.#storageFailures += 1;
      else if (!isOfStorage) this.#changes.set(type, (this.#changes.get(type) ?? 0) + 1);
      const published = isOfStorage ? STORAGE : CHANGED;
      if (published.hasSubscribers) published.publish(event);
    });
  }

  /** The status of the whole application. */
  get status(): MaintenanceStatus {
    return this.service.status();
  }

  /** The status of the whole application, then that of every scope that is not off: the present one, not what comes next. */
  get statuses(): readonly MaintenanceStatus[] {
    const scopes = new Set<string | null>();
    return this.service.list().filter(({ scope }) => !scopes.has(scope) && scopes.add(scope));
  }

  /** When the maintenance of this status began, or will begin; null if that is not known. */
  startOf({ scope, state, startsAt }: MaintenanceStatus): Date | null {
    const { record } = this.state;
    if (state !== 'active' || record === null) return startsAt;
    const since = sinceOf(stageAt(entryOf(record, scope), Date.now()));
    return since === null ? startsAt : new Date(since);
  }

  /** How many changes this process has learned of, whichever process made them. */
  get changes(): ReadonlyMap<string, number> {
    return this.#changes;
  }

  /** How many outages of the storage this process has noticed. */
  get storageFailures(): number {
    return this.#storageFailures;
  }

  /** The work that is in flight in this process now. */
  async inFlight(): Promise<number> {
    // Whether a promise is settled shows only when the event loop has turned.
    const { remaining } = await this.work.drained(0);
    return remaining;
  }
}
