import { Logger } from '@nestjs/common';
import type { Observable } from 'rxjs';
import type {
  DisableOptions,
  DrainResult,
  EnableOptions,
  MaintenanceEvent,
  MaintenanceStatus,
} from '../interfaces/maintenance-status.js';
import { checkOption } from '../validation/check.js';
import { turnOff, turnOn } from './changes.js';
import type { CurrentState } from './current-state.js';
import type { InFlightWork } from '../drain/in-flight-work.js';
import { drainedOptions } from '../options/option-checks.js';
import type { Runs } from './runs.js';
import { replaceable, type StateWriter } from './state-writer.js';
import type { StorageSync } from './storage-sync.js';

/**
 * Reads and changes the maintenance state.
 *
 * @example
 * ```ts
 * await maintenance.enable({ reason: 'Database migration', endsAt: '2026-11-21T03:30:00Z' });
 * ```
 * @publicApi
 */
export class MaintenanceService {
  /** Every change that this process learns of, whichever process made it. Completes when the application is closed. */
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

  /** Whether maintenance is active now, for the scope or the application. Synchronous, from memory: never reads the storage. */
  isActive(scope?: string): boolean {
    return this.#state.isActive(scope);
  }

  /**
   * The status now. Synchronous, from memory. With a scope: the application's own status while that is active, otherwise the
   * scope's.
   */
  status(scope?: string): MaintenanceStatus {
    return this.#state.status(scope);
  }

  /**
   * Turns maintenance on, now or for a window. Resolves once that is stored. Replaces what was stored for the scope.
   *
   * @throws MaintenanceOptionsError for an option of the wrong type.
   * @throws MaintenanceWindowError for a window that is empty or already over.
   * @throws MaintenanceForcedError if the `enabled` option decides.
   * @throws MaintenanceStorageError if it could not be stored; after a timeout the outcome is unknown.
   * @throws MaintenanceConflictError if other processes changed the record at each attempt.
   */
  async enable(options: EnableOptions = {}): Promise<MaintenanceStatus> {
    await this.#writer.update(turnOn(options), replaceable(options.scope));
    await this.#drain(options);
    return this.status(options.scope);
  }

  /**
   * Turns maintenance off, including a scheduled window. Resolves once that is stored.
   *
   * @throws the same errors as {@link enable}.
   */
  async disable(options: DisableOptions = {}): Promise<MaintenanceStatus> {
    await this.#writer.update(turnOff(options), replaceable(options.scope));
    return this.status(options.scope);
  }

  /**
   * Runs work with maintenance on and restores what was stored before, also if work throws. If the state was changed
   * meanwhile, that change stays, with a warning. If the storage fails at the end, restoring is tried again for 30 times
   * `sync.timeoutMs`; if that is not enough, the log says that maintenance is still on. An application that is closed
   * gives work one `sync.timeoutMs` to end, and restores in any case.
   *
   * @throws what work throws, and the errors of {@link enable}; an `AggregateError` of both if work has failed and the
   * state could not be restored.
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
   * @throws MaintenanceStorageError if it cannot be read or parsed; the last known state stays in effect.
   */
  async refresh(): Promise<MaintenanceStatus> {
    if (this.#writer.forced === undefined) await this.#sync.refresh();
    return this.status();
  }

  /**
   * Resolves when the work that is in flight in this process at the time of the call has really ended: handlers, not only
   * their responses, responses of anything else that serves requests, messages, GraphQL fields, methods with
   * `@PauseDuringMaintenance()`, and the promises given to {@link trackWork}.
   *
   * @param options.timeoutMs the longest wait, in milliseconds. Default: as long as it takes.
   * @param options.except the calling request, which would wait for itself: the framework's or Node's own, the client
   * of a gateway, the context of a message, or the job. The `except` of other callers is not waited for either.
   * @throws MaintenanceOptionsError for an option of the wrong type.
   */
  async drained(
    options: { readonly timeoutMs?: number; readonly except?: object } = {},
  ): Promise<DrainResult> {
    const { timeoutMs, except } = checkOption(drainedOptions, options, 'drained');
    return this.#work.drained(timeoutMs, except);
  }

  /**
   * Adds a job that runs outside of requests to what {@link drained} waits for.
   *
   * @returns a promise that settles as `work` does. Use it in place of `work`: if its rejection is not handled, Node.js
   * reports that as unhandled, also if `work` itself is handled elsewhere.
   */
  async trackWork<T>(work: Promise<T>): Promise<T> {
    const item = this.#work.begin();
    try {
      return await work;
    } finally {
      item.end();
    }
  }

  async #drain({ drain }: EnableOptions): Promise<void> {
    if (drain === undefined) return;
    const { drained, remaining } = await this.#work.drained(drain.timeoutMs, drain.except);
    if (drained) return;
    this.#logger.warn(
      `Maintenance is on, but after ${drain.timeoutMs} ms work that began before has not ended: ${remaining} in flight.`,
    );
  }
}
