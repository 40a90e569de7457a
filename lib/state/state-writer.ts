import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { MaintenanceForcedError } from '../errors/maintenance-forced.error.js';
import { MaintenanceStorageError } from '../errors/maintenance-storage.error.js';
import { finish, type RecordChange } from './changes.js';
import type { CurrentState } from './current-state.js';
import { EMPTY_RECORD, type MaintenanceRecord } from './maintenance-record.js';
import {
  isConflict,
  type RecordRepository,
  type ReadRecord,
  UnintelligibleRecordError,
} from './record-repository.js';
import type { SerialQueue } from './serial-queue.js';
import type { StorageSync } from './storage-sync.js';

/** After so many lost races the caller is told. */
const MAX_ATTEMPTS = 12;
const MAX_PAUSE_MS = 40;

/** What a change may replace where the stored text cannot be understood. */
type Replaceable = 'anything' | 'nothing';

/** The record before and after a change. */
export interface AppliedChange {
  readonly before: MaintenanceRecord;
  readonly after: MaintenanceRecord;
}

/** Changes the stored record: reads it, applies the change, writes it back if nobody was faster, else once more. */
export class StateWriter {
  readonly #logger = new Logger('MaintenanceMode');

  constructor(
    private readonly repository: RecordRepository,
    private readonly state: CurrentState,
    private readonly sync: StorageSync,
    private readonly changes: SerialQueue,
    /** The `enabled` option: while it is set, nothing can be changed. */
    readonly forced: boolean | undefined,
  ) {}

  /**
   * Applies a change and resolves once the storage has it. Changes of one process are made one after the other; the time
   * limit covers the waiting, too.
   *
   * @throws MaintenanceForcedError, MaintenanceStorageError, MaintenanceConflictError, and what the change throws; memory
   * then keeps what it held.
   */
  async update(change: RecordChange, replaces: Replaceable = 'nothing'): Promise<AppliedChange> {
    if (this.forced !== undefined) throw new MaintenanceForcedError(this.forced);
    const deadline = this.repository.deadline();
    return this.changes.run(() => this.#update(change, replaces, deadline));
  }

  async #update(change: RecordChange, replaces: Replaceable, deadline: number): Promise<AppliedChange> {
    try {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await this.#attempt(change, replaces, deadline);
        } catch (error) {
          if (!isConflict(error) || attempt === MAX_ATTEMPTS) throw error;
        }
        await delay(Math.random() * Math.min(MAX_PAUSE_MS, 2 ** attempt));
      }
    } catch (error) {
      if (error instanceof MaintenanceStorageError) this.sync.refreshInBackground();
      throw error;
    }
  }

  async #attempt(change: RecordChange, replaces: Replaceable, deadline: number): Promise<AppliedChange> {
    const known = this.state.record;
    const stored = await this.#read(replaces, deadline);
    const base = stored?.record ?? (this.repository.missingMeansOff ? EMPTY_RECORD : (known ?? EMPTY_RECORD));
    const before = { ...base, revision: Math.max(base.revision, this.state.record?.revision ?? 0) };
    const now = Date.now();
    const changed = change(before, now);
    if (changed === before && stored?.unintelligible !== true) {
      // What memory has learned meanwhile is newer than what was read here.
      if (this.state.record === known) this.state.accept(base);
      return { before, after: before };
    }
    const after = finish(before, changed, now);
    await this.repository.write(after, stored?.version ?? null, deadline);
    this.state.accept(after);
    return { before, after };
  }

  /** Text that nobody understands is replaced by what was known before, if it may be. */
  async #read(
    replaces: Replaceable,
    deadline: number,
  ): Promise<(ReadRecord & { readonly unintelligible?: boolean }) | null> {
    try {
      return await this.repository.read(deadline);
    } catch (error) {
      if (!(error instanceof UnintelligibleRecordError) || replaces === 'nothing') throw error;
      this.#logger.warn(`${error.message} It is replaced.`);
      return { record: this.state.record ?? EMPTY_RECORD, version: error.version, unintelligible: true };
    }
  }
}

/** Stored text that nobody understands must not lock the owner out: the whole application can always be turned on and off. */
export function replaceable(scope: string | undefined): Replaceable {
  return scope === undefined ? 'anything' : 'nothing';
}
