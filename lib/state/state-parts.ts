import { randomBytes } from 'node:crypto';
import { sharedByCopies, WARN } from '../interfaces/tokens.js';
import type {
  DisableOptions,
  EnableOptions,
  MaintenanceChangeVia,
} from '../interfaces/maintenance-status.js';
import type { MaintenanceStorage } from '../interfaces/maintenance-storage.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
import { addSecret, type RecordChange, turnOff, turnOn } from './changes.js';
import { CurrentState } from './current-state.js';
import { RecordRepository, withTimeLimit } from './record-repository.js';
import { Runs } from './runs.js';
import { type Log, StateLog } from './state-log.js';
import { type AppliedChange, type Replaceable, replaceable, StateWriter } from './state-writer.js';
import { StorageSync } from './storage-sync.js';

/** How long nothing may fail before an outage is over, if polls are far apart. */
const MAX_QUIET_MS = 1_000;

/**
 * The wired objects around the state: one set for an application, and one for a command of the CLI. The state is read before
 * anything uses it, kept in sync while the application runs, and released at its end.
 */
export class StateParts {
  readonly state: CurrentState;
  readonly sync: StorageSync;
  readonly writer: StateWriter;
  readonly runs: Runs;
  readonly #repository: RecordRepository;

  /** @param via by which way its changes come, for the history. */
  constructor(
    private readonly options: ResolvedOptions,
    private readonly log: Log,
    private readonly via: MaintenanceChangeVia = 'service',
  ) {
    const { storage, sync, unknownState, enabled: forced, limits, history, announce } = options;
    const { pollIntervalMs, timeoutMs } = sync;
    const quietMs = Math.min(2 * pollIntervalMs, MAX_QUIET_MS);
    if (WARN in storage) Reflect.set(storage, WARN, (message: string) => log.warn(message));
    this.state = new CurrentState(unknownState, forced, quietMs, announce.leadSeconds * 1000);
    this.#repository = new RecordRepository(storage, timeoutMs);
    this.sync = new StorageSync(storage, this.#repository, this.state, pollIntervalMs);
    const settings = { keep: history.keep, limits };
    this.writer = new StateWriter(this.#repository, this.state, this.sync, forced, settings, log);
    this.runs = new Runs(this.writer, this.state, timeoutMs, via, log);
  }

  /**
   * Reads the state for the first time, within the time limit. If the boot is refused, everything is released.
   *
   * @throws MaintenanceStorageError with `unknownState: 'throw'`.
   */
  async boot(): Promise<void> {
    const { storage, enabled: forced, unknownState } = this.options;
    useStorage(storage, this);
    if (forced !== undefined) {
      this.log.log(`Maintenance is forced ${forced ? 'on' : 'off'} by the "enabled" option.`);
      return;
    }
    const stateLog = new StateLog(this.state, unknownState, this.log);
    try {
      await this.sync.refresh();
      stateLog.start(null);
    } catch (error) {
      stateLog.start(error instanceof Error ? error : new Error(String(error)));
      if (unknownState !== 'throw') return;
      await this.release();
      throw error;
    }
  }

  /**
   * Reads the storage now, unless the `enabled` option decides.
   *
   * @throws MaintenanceStorageError
   */
  async refresh(): Promise<void> {
    if (this.options.enabled === undefined) await this.sync.refresh();
  }

  async turnOn(options: EnableOptions): Promise<AppliedChange> {
    return this.change(turnOn(options), replaceable(options.scope));
  }

  async turnOff(options: DisableOptions): Promise<AppliedChange> {
    return this.change(turnOff(options), replaceable(options.scope));
  }

  /** Makes a change, with the errors of {@link StateWriter.update}. */
  async change(change: RecordChange, replaces: Replaceable = 'nothing'): Promise<AppliedChange> {
    return this.writer.update(change, { via: this.via, replaces });
  }

  /** Makes a bypass secret, of which only the hash is stored. */
  async issueSecret(by: string | null): Promise<string> {
    const secret = randomBytes(24).toString('base64url');
    await this.change(addSecret(secret, by));
    return secret;
  }

  /** Begins to follow the storage. */
  start(): void {
    if (this.options.enabled === undefined) this.sync.start();
  }

  /** Restores what `run()` replaced, and releases the storage. Takes a bounded time. */
  async release(): Promise<void> {
    const { storage } = this.options;
    const { timeoutMs } = this.#repository;
    const within = (call: () => Promise<void>): Promise<void> =>
      withTimeLimit(call, timeoutMs, `The storage was not released within ${timeoutMs} ms.`).catch(
        () => undefined,
      );
    await this.runs.close();
    await within(() => this.#repository.changes.idle());
    await within(() => this.sync.stop());
    this.state.stop();
    if (leaveStorage(storage, this)) await within(async () => storage.close?.());
  }
}

/** The users of each storage object: several applications of one process may share it. */
const users = sharedByCopies('storage-users', () => new WeakMap<MaintenanceStorage, Set<object>>());

function useStorage(storage: MaintenanceStorage, user: object): void {
  users.set(storage, (users.get(storage) ?? new Set<object>()).add(user));
}

/** Returns whether nothing uses the storage any more, so that it can be closed. */
function leaveStorage(storage: MaintenanceStorage, user: object): boolean {
  const others = users.get(storage);
  others?.delete(user);
  return others === undefined || others.size === 0;
}
