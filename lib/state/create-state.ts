import type { ResolvedOptions } from '../options/resolved-options.js';
import { CurrentState } from './current-state.js';
import { InFlightWork } from './in-flight-work.js';
import { MaintenanceService } from './maintenance.service.js';
import { RecordRepository } from './record-repository.js';
import { Runs } from './runs.js';
import { SerialQueue } from './serial-queue.js';
import { StateLifecycle } from './state-lifecycle.js';
import { StateWriter } from './state-writer.js';
import { StorageSync } from './storage-sync.js';

/** The parts that hold and change the state, wired: once for an application, once for a command. */
export interface StateParts {
  readonly state: CurrentState;
  readonly writer: StateWriter;
  readonly service: MaintenanceService;
  readonly lifecycle: StateLifecycle;
  readonly work: InFlightWork;
}

/** How long nothing may fail before an outage is over, where polls are far apart. */
const MAX_QUIET_MS = 1_000;

export function createState(options: ResolvedOptions): StateParts {
  const { storage, sync: settings, unknownState, enabled: forced } = options;
  const { pollIntervalMs, timeoutMs } = settings;
  const state = new CurrentState(unknownState, forced, Math.min(2 * pollIntervalMs, MAX_QUIET_MS));
  const repository = new RecordRepository(storage, timeoutMs);
  const changes = new SerialQueue();
  const sync = new StorageSync(storage, repository, state, changes, pollIntervalMs);
  const writer = new StateWriter(repository, state, sync, changes, forced);
  const work = new InFlightWork();
  const runs = new Runs(writer, state, timeoutMs);
  const service = new MaintenanceService(state, writer, sync, work, runs);
  const lifecycle = new StateLifecycle(storage, state, sync, changes, runs, {
    forced,
    unknownState,
    timeoutMs,
  });
  return { state, writer, service, lifecycle, work };
}
