import { Observable } from 'rxjs';
import type {
  DisableOptions,
  DrainResult,
  EnableOptions,
  MaintenanceChange,
  MaintenanceEvent,
  MaintenanceStatus,
  UpdateOptions,
} from '../interfaces/maintenance-status.js';
import { checkOption } from '../validation/values.js';
import { update } from './changes.js';
import { historyOptions, secretOptions } from './change-options.js';
import type { CurrentState } from './current-state.js';
import type { InFlightWork } from '../drain/in-flight-work.js';
import { drainedOptions } from '../options/option-checks.js';
import { begin } from './runs.js';
import type { Log } from './state-log.js';
import type { StateParts } from './state-parts.js';

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

  readonly #parts: StateParts;
  readonly #work: InFlightWork;
  readonly #log: Log;

  /** @internal Made by the module. */
  constructor(parts: StateParts, work: InFlightWork, log: Log) {
    this.#parts = parts;
    this.#work = work;
    this.#log = log;
    this.events = observableEvents(parts.state);
  }

  /** Whether maintenance is active now, for the scope or the application. Synchronous, from memory: never reads the storage. */
  isActive(scope?: string): boolean {
    return this.#parts.state.isActive(scope);
  }

  /**
   * The status now. Synchronous, from memory. With a scope: the application's own status while that is active, otherwise the
   * scope's.
   */
  status(scope?: string): MaintenanceStatus {
    return this.#parts.state.status(scope);
  }

  /**
   * The application's status, then that of every scope that is not off. If the next stage of one is planned while it is active,
   * its status follows the present one. Synchronous, from memory.
   */
  list(): readonly MaintenanceStatus[] {
    return this.#parts.state.list();
  }

  /**
   * Turns maintenance on, now or for a window. Resolves once that is stored. Replaces the previous setting of the scope, except
   * that a later start while it is active plans the next stage: the present one stays on until then.
   *
   * @throws MaintenanceOptionsError for an option of the wrong type, and without a reason if `limits.requireReason` is set.
   * @throws MaintenanceWindowError for a window that is empty, already over, or longer than `limits.maxDurationSeconds`.
   * @throws MaintenanceForcedError if the `enabled` option decides.
   * @throws MaintenanceStorageError if it could not be stored; after a timeout the outcome is unknown.
   * @throws MaintenanceConflictError if other processes changed the record at each attempt.
   */
  async enable(options: EnableOptions = {}): Promise<MaintenanceStatus> {
    await this.#parts.turnOn(options);
    await this.#drain(options);
    return this.status(options.scope ?? undefined);
  }

  /**
   * Changes maintenance that is on or scheduled, and keeps the other members; of a scope with two stages, the present one. It is applied to the stored
   * record, so of two who change different members at once both changes survive. Resolves once that is stored.
   *
   * @throws MaintenanceWindowError if nothing is on or scheduled, and the same errors as {@link enable}.
   */
  async update(changes: UpdateOptions): Promise<MaintenanceStatus> {
    await this.#parts.change(update(changes));
    return this.status(changes.scope ?? undefined);
  }

  /**
   * Turns maintenance off, including planned stages. Resolves once that is stored.
   *
   * @throws the same errors as {@link enable}.
   */
  async disable(options: DisableOptions = {}): Promise<MaintenanceStatus> {
    await this.#parts.turnOff(options);
    return this.status(options.scope ?? undefined);
  }

  /**
   * Runs work with maintenance on and restores the previous state, also if work throws. If the state was changed
   * meanwhile, that change stays, with a warning; the next stage that was planned meanwhile is kept.
   *
   * With an end, it is a lease: while the work runs, the end is moved on by the same span before it is reached, with a warning
   * each time, so that it counts only if the process dies. `limits.maxDurationSeconds` still ends it. If the storage fails at the end, restoring is tried again for 30 times
   * `sync.timeoutMs`; if that is not enough, the log says that maintenance is still on. An application that is closed
   * gives work one `sync.timeoutMs` to end, and restores in any case.
   *
   * @throws MaintenanceWindowError for a `startsAt` in the future; what work throws, and the errors of {@link enable}; an `AggregateError` of both if work has failed and the
   * state could not be restored.
   */
  async run<T>(work: () => T | Promise<T>, options: EnableOptions = {}): Promise<T> {
    return this.#parts.runs.run(begin(options), options.scope ?? null, async () => {
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
    await this.#parts.refresh();
    return this.status();
  }

  /**
   * The last changes, newest first; by default all that are kept (`history.keep`). Reads the storage.
   *
   * @param options.limit the most changes to return.
   * @throws MaintenanceOptionsError for an option of the wrong type, and the errors of {@link refresh}.
   */
  async history(options: { readonly limit?: number } = {}): Promise<readonly MaintenanceChange[]> {
    const { limit } = checkOption(historyOptions, options, 'history');
    await this.refresh();
    return this.#parts.state.history(limit);
  }

  /**
   * Makes a secret for the bypass route and the header. It is valid for the application and the scopes that are on or
   * scheduled now, for each of them until that has ended; one for the application also in scopes, while that is active. Only its
   * hash is stored, so it cannot be shown again.
   *
   * @throws MaintenanceWindowError if nothing is on or scheduled, or 100 are valid already, and the other errors of
   * {@link enable}.
   */
  async issueBypassSecret(options: { readonly by?: string | null } = {}): Promise<string> {
    const { by = null } = checkOption(secretOptions, options, 'issueBypassSecret');
    return this.#parts.issueSecret(by);
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
      this.#work.end(item);
    }
  }

  async #drain({ drain }: EnableOptions): Promise<void> {
    if (drain === undefined) return;
    const { drained, remaining } = await this.#work.drained(drain.timeoutMs, drain.except);
    if (drained) return;
    this.#log.warn(
      `Maintenance is on, but after ${drain.timeoutMs} ms work that began before has not ended: ${remaining} in flight.`,
    );
  }
}

/** The events one by one. Nothing that goes wrong in a subscriber reaches the others. */
export function observableEvents(state: CurrentState): Observable<MaintenanceEvent> {
  return new Observable((subscriber) =>
    state.listen(
      (events) => {
        for (const event of events) subscriber.next(event);
      },
      () => subscriber.complete(),
    ),
  );
}
