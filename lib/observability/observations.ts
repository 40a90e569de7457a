import { channel } from 'node:diagnostics_channel';
import { Logger } from '@nestjs/common';
import type { InFlightWork } from '../drain/in-flight-work.js';
import type { MaintenanceEventType, MaintenanceStatus } from '../interfaces/maintenance-status.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
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

/** One value of an instrument. */
export interface Sample {
  readonly value: number;
  readonly labels: Readonly<Record<string, string>>;
}

/** A metric as every exporter names, explains and reads it. */
export interface Instrument {
  readonly name: string;
  readonly kind: 'gauge' | 'counter';
  readonly help: string;
  readonly labels: readonly string[];
  /** UCUM; absent: a number of something. */
  readonly unit?: 's';
  /** How the values of the processes of one cluster become one: `max` if each of them tells the same. */
  readonly across: 'max' | 'sum';
  readonly read: (observations: Observations) => readonly Sample[] | Promise<readonly Sample[]>;
}

const MODES = ['full', 'read-only'] as const;

/** All metrics. No label contains a path, an address or a user. The scope of the whole application is the empty text. */
export const INSTRUMENTS: readonly Instrument[] = [
  {
    name: 'maintenance_active',
    kind: 'gauge',
    help: 'Whether maintenance is active (1) or not (0), by scope and mode. The scope of the whole application is empty.',
    labels: ['scope', 'mode'],
    across: 'max',
    read: ({ statuses }) =>
      statuses.flatMap((status) =>
        MODES.map((mode) => ({
          value: status.state === 'active' && status.mode === mode ? 1 : 0,
          labels: { scope: status.scope ?? '', mode },
        })),
      ),
  },
  {
    name: 'maintenance_start_timestamp_seconds',
    kind: 'gauge',
    help: 'When maintenance that is active or scheduled starts or has started, in seconds since 1970.',
    labels: ['scope'],
    unit: 's',
    across: 'max',
    read: (observations) => timestamps(observations.statuses, (status) => observations.startOf(status)),
  },
  {
    name: 'maintenance_end_timestamp_seconds',
    kind: 'gauge',
    help: 'When maintenance that is active or scheduled ends, in seconds since 1970. Absent if it has no end.',
    labels: ['scope'],
    unit: 's',
    across: 'max',
    read: ({ statuses }) => timestamps(statuses, ({ endsAt }) => endsAt),
  },
  {
    name: 'maintenance_storage_stale',
    kind: 'gauge',
    help: 'Whether the last read of the storage failed (1), so that the last known state is in effect.',
    labels: [],
    across: 'max',
    read: ({ status }) => [{ value: status.stale ? 1 : 0, labels: {} }],
  },
  {
    name: 'maintenance_work_in_flight',
    kind: 'gauge',
    help: 'Requests and jobs that are in flight in this process.',
    labels: [],
    across: 'sum',
    read: async (observations) => [{ value: await observations.inFlight(), labels: {} }],
  },
  {
    name: 'maintenance_blocked_requests_total',
    kind: 'counter',
    help: 'Requests and calls that were answered with maintenance, by transport.',
    labels: ['transport'],
    across: 'sum',
    read: ({ requests }) => counts('transport', requests.blocked),
  },
  {
    name: 'maintenance_passed_requests_total',
    kind: 'counter',
    help: 'Requests and calls that a rule let through while maintenance was active, by rule.',
    labels: ['rule'],
    across: 'sum',
    read: ({ requests }) => counts('rule', requests.passed),
  },
  {
    name: 'maintenance_changes_total',
    kind: 'counter',
    help: 'Changes of the state that this process has learned of, whichever process made them, by action.',
    labels: ['action'],
    across: 'max',
    read: ({ changes }) => counts('action', changes),
  },
  {
    name: 'maintenance_storage_failures_total',
    kind: 'counter',
    help: 'Outages of the storage that this process has noticed.',
    labels: [],
    across: 'sum',
    read: ({ storageFailures }) => [{ value: storageFailures, labels: {} }],
  },
];

function timestamps(
  statuses: readonly MaintenanceStatus[],
  timeOf: (status: MaintenanceStatus) => Date | null,
): readonly Sample[] {
  return statuses.flatMap((status) => {
    const time = status.state === 'off' ? null : timeOf(status);
    return time === null ? [] : [{ value: time.getTime() / 1000, labels: { scope: status.scope ?? '' } }];
  });
}

function counts(label: string, byLabel: ReadonlyMap<string, number>): readonly Sample[] {
  return [...byLabel].map(([value, count]) => ({ value: count, labels: { [label]: value } }));
}

/**
 * Warns once, when the whole application is in maintenance and nothing lets health checks through: an orchestrator would
 * restart what is being maintained.
 *
 * @param isAnyExempt whether one of the application's own routes is `@MaintenanceOff()`.
 */
export function warnAboutProbes(
  state: Pick<CurrentState, 'status' | 'listen'>,
  ignore: ResolvedOptions['ignore'],
  isAnyExempt: boolean,
): void {
  if (isAnyExempt || mayLetProbesThrough(ignore)) return;
  if (blocksProbes(state.status())) {
    warnOfProbes();
    return;
  }
  const stop = state.listen((events) => {
    if (!events.some(({ after }) => blocksProbes(after))) return;
    stop();
    warnOfProbes();
  });
}

function warnOfProbes(): void {
  new Logger('MaintenanceMode').warn(
    'Health checks of this application get a 503 during maintenance: no route is @MaintenanceOff(), and ignore.urls is empty. ' +
      'Kubernetes or a load balancer may restart the application or take it out of service. See "Kubernetes" in the documentation.',
  );
}

/** By their path, or by a rule that may be meant for them: probes come from certain addresses, and have no user. */
function mayLetProbesThrough({
  urls = [],
  ipAddresses,
  when,
  anonymousUsers,
}: ResolvedOptions['ignore']): boolean {
  return urls.length > 0 || ipAddresses.length > 0 || when !== undefined || anonymousUsers === true;
}

/** Read-only maintenance lets them through: they are GET requests. */
function blocksProbes({ state, mode, scope }: MaintenanceStatus): boolean {
  return scope === null && state === 'active' && mode === 'full';
}
