import { type BeforeApplicationShutdown, Logger, type OnModuleInit } from '@nestjs/common';
import type { MaintenanceStorage } from '../contracts/maintenance-storage.js';
import type { CurrentState, UnknownState } from './current-state.js';
import { logEvents } from './event-log.js';
import type { Runs } from './runs.js';
import type { SerialQueue } from './serial-queue.js';
import type { StorageSync } from './storage-sync.js';
import { leaveStorage, useStorage } from './storage-users.js';
import { withTimeLimit } from './time-limit.js';

/** Ties the state to the application's life: known before anything asks, followed while it runs, let go at its end. */
export class StateLifecycle implements OnModuleInit, BeforeApplicationShutdown {
  readonly #logger = new Logger('MaintenanceMode');

  constructor(
    private readonly storage: MaintenanceStorage,
    private readonly state: CurrentState,
    private readonly sync: StorageSync,
    private readonly changes: SerialQueue,
    private readonly runs: Runs,
    private readonly settings: {
      readonly forced: boolean | undefined;
      readonly unknownState: UnknownState;
      readonly timeoutMs: number;
    },
  ) {}

  /**
   * Reads the state for the first time, within the time limit. If the boot is refused, everything is released.
   *
   * @throws MaintenanceStorageError with `unknownState: 'throw'`.
   */
  async boot(): Promise<void> {
    const { forced } = this.settings;
    useStorage(this.storage, this);
    if (forced !== undefined) {
      this.#logger.log(`Maintenance is forced ${forced ? 'on' : 'off'} by the "enabled" option.`);
      return;
    }
    logEvents(this.state.events, this.#logger);
    try {
      await this.sync.refresh();
    } catch (error) {
      if (this.settings.unknownState !== 'throw') return;
      await this.beforeApplicationShutdown();
      throw error;
    }
  }

  onModuleInit(): void {
    if (this.settings.forced === undefined) this.sync.start();
  }

  /** Not earlier: a service of the application may still turn maintenance off in its `onModuleDestroy`. */
  async beforeApplicationShutdown(): Promise<void> {
    const { timeoutMs } = this.settings;
    const within = (call: () => Promise<void>): Promise<void> =>
      withTimeLimit(call, timeoutMs, `The storage was not released within ${timeoutMs} ms.`).catch(
        () => undefined,
      );
    await this.runs.close();
    await within(() => this.changes.idle());
    await within(() => this.sync.stop());
    this.state.stop();
    if (leaveStorage(this.storage, this)) await within(async () => this.storage.close?.());
  }
}
