import { Logger } from '@nestjs/common';
import type { Observable } from 'rxjs';
import type {
  MaintenanceEvent,
  DrainResult,
  DisableOptions,
  EnableOptions,
  MaintenanceStatus,
} from '../interfaces/maintenance-status.js';
import { checkOption } from '../validation/check-option.js';
import { turnOff, turnOn } from './changes.js';
import type { CurrentState } from './current-state.js';
import { drainedOptions, type InFlightWork } from '../drain/in-flight-work.js';
import type { Runs } from './runs.js';
import { replaceable, type StateWriter } from './state-writer.js';
import type { StorageSync } from './storage-sync.js';

/**
 * Asks and changes the maintenance state.
 *
 * @example
 * ```ts
 * await maintenance.enable({ reason: 'Database migration', endsAt: '2026-11-21T03:30:00Z' });
 * ```
 * @publicApi
 */
export class MaintenanceService {
  /** Every change that this process learns of, whoever made it. Completes when the application is closed. */
  readonly events: Observable<MaintenanceEvent>;

  readonly #logger = new Logger('MaintenanceMode');
  readonly #state: CurrentState;
  readonly #writer: StateWriter;
  readonly #sync: StorageSync;
  readonly #work: InFlightWork;
  readonly #runs: Runs;

  /** @internal Made by the module. */
  constructor(state: CurrentState, writer: StateWriter, sync: StorageSync, work: InFlightWork, runs: Runs) {
    this.#state = state;
    this.#writer = writer;
    this.#sync = sync;
    this.#work = work;
    this.#runs = runs;
    this.events = state.events;
  }

  /** True while maintenance holds for the scope, now. Synchronous, from memory: never touches the storage. */
  isActive(scope?: string): boolean {
    return this.#state.isActive(scope);
  }

  /**
   * What holds now; synchronous, from memory. With a scope: the application's own status where it is active, else the
   * scope's.
   */
  status(scope?: string): MaintenanceStatus {
    return this.#state.status(scope);
  }

  /**
   * Turns it on, now or for a window. Resolves once the storage has it. Replaces what was stored for the scope.
   *
   * @throws MaintenanceOptionsError for an option of the wrong type.
   * @throws MaintenanceWindowError for a window that cannot be.
   * @throws MaintenanceForcedError where the `enabled` option decides.
   * @throws MaintenanceStorageError where the storage did not take it; after a timeout the outcome is unknown.
   * @throws MaintenanceConflictError where others changed the record each time that it was tried.
   */
  async enable(options: EnableOptions = {}): Promise<MaintenanceStatus> {
    await this.#writer.update(turnOn(options), replaceable(options.scope));
    await this.#drain(options);
    return this.status(options.scope);
  }

  /**
   * Turns it off, a scheduled window included. Resolves once the storage has it.
   *
   * @throws the same errors as {@link enable}.
   */
  async disable(options: DisableOptions = {}): Promise<MaintenanceStatus> {
    await this.#writer.update(turnOff(options), replaceable(options.scope));
    return this.status(options.scope);
  }

  /**
   * Runs work with maintenance on and restores what was stored before, also when work throws. What somebody else has
   * set meanwhile stays, and a warning says so. If the storage fails at the end, it is tried again for 30 times
   * `sync.timeoutMs`; if that is not enough, the log says that maintenance is still on. An application that is closed
   * gives work one `sync.timeoutMs` to end, and restores in any case.
   *
   * @throws what work throws, and the errors of {@link enable}; an `AggregateError` of both where work has failed and
   * the state could not be restored.
   */
  async run<T>(work: () => T | Promise<T>, options: EnableOptions = {}): Promise<T> {
    return this.#runs.run(turnOn(options), options.scope, async () => {
      await this.#drain(options);
      return work();
    });
  }

  /**
   * Reads the storage now.
   *
   * @throws MaintenanceStorageError where it cannot be read or understood; the last known state goes on to hold.
   */
  async refresh(): Promise<MaintenanceStatus> {
    if (this.#writer.forced === undefined) await this.#sync.refresh();
    return this.status();
  }

  /**
   * Resolves when the work that is in flight in this process when it is called has truly ended: handlers, not only their
   * responses, responses of whatever else serves requests, messages, GraphQL fields, methods with `@PauseDuringMaintenance()`, and
   * what {@link trackWork} was told of.
   *
   * @param options.timeoutMs how long to wait at most, in milliseconds; without it, as long as it takes.
   * @param options.except the request that calls, which would wait for itself: the framework's or Node's own, the client
   * of a gateway, the context of a message, or the job. Others that wait with an `except` are not waited for either.
   * @throws MaintenanceOptionsError for an option of the wrong type.
   */
  async drained(
    options: { readonly timeoutMs?: number; readonly except?: object } = {},
  ): Promise<DrainResult> {
    const { timeoutMs, except } = checkOption(drainedOptions, options, 'drained');
    return this.#work.drained(timeoutMs, except);
  }

  /**
   * Makes a job that no request waits for part of what {@link drained} waits for.
   *
   * @returns a promise that settles as `work` does. Use it in place of `work`: if nobody handles its rejection, Node.js
   * reports that as unhandled, also if `work` itself is handled elsewhere.
   */
  async trackWork<T>(work: Promise<T>): Promise<T> {
    const piece = this.#work.begin();
    try {
      return await work;
    } finally {
      piece.end();
    }
  }

  async #drain({ drain }: EnableOptions): Promise<void> {
    if (drain === undefined) return;
    const { drained, remaining } = await this.#work.drained(drain.timeoutMs, drain.except);
    if (drained) return;
    this.#logger.warn(
      `Maintenance holds, but after ${drain.timeoutMs} ms there is still work that began before it: ${remaining} in flight.`,
    );
  }
}
