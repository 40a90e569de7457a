import type { MaintenanceStorage } from '../interfaces/maintenance-storage.js';
import { MemoryStorage } from '../storages/memory.storage.js';
import { MAX_DELAY_MS } from '../validation/values.js';
import type { CurrentState } from './current-state.js';
import { lostRecord } from './lineage.js';
import { EMPTY_RECORD, type MaintenanceRecord } from './maintenance-record.js';
import { isConflict, type ReadRecord, type RecordRepository, withTimeLimit } from './record-repository.js';

/** A read is overdue if it has not ended so many poll intervals, and its time limit, after it should have begun. */
const OVERDUE_INTERVALS = 2;
/** How often a read starts over because this process has written meanwhile. */
const MAX_OVERTAKEN_READS = 3;

/**
 * Keeps the state in memory in sync with the storage: reads it at boot, when the storage reports a change, and every poll
 * interval. After a failure it tries again with exponential backoff. A process that was frozen, and whose timers did not run, reads
 * when the first request arrives.
 */
export class StorageSync {
  #running = false;
  #reading: Promise<void> | null = null;
  #next: Promise<void> | null = null;
  #failures = 0;
  /** When the last successful read began, by `performance.now`: what it returned may have waited in a socket since. */
  #readAt = -Infinity;
  #catchingUp: Promise<void> | null = null;
  #pollTimer: NodeJS.Timeout | undefined;
  #watchTimer: NodeJS.Timeout | undefined;
  #unwatch: (() => Promise<void>) | null = null;

  constructor(
    private readonly storage: MaintenanceStorage,
    private readonly repository: RecordRepository,
    private readonly state: CurrentState,
    private readonly pollIntervalMs: number,
  ) {}

  /** Begins to follow the storage. */
  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#schedule();
    this.#expectRead();
    void this.#watch(0);
  }

  /**
   * Reads the storage now. A read that began earlier does not count.
   *
   * @throws MaintenanceStorageError; the known state stays in effect.
   */
  refresh(): Promise<void> {
    if (this.#reading === null) {
      this.#reading = this.#read().finally(() => (this.#reading = null));
      return this.#reading;
    }
    this.#next ??= this.#reading
      .catch(() => undefined)
      .then(() => {
        this.#next = null;
        return this.refresh();
      });
    return this.#next;
  }

  /** Reads soon. A failure is reported by the state's events. */
  refreshInBackground(): void {
    this.refresh().catch(() => undefined);
  }

  async stop(): Promise<void> {
    this.#running = false;
    this.#expectReadUntil(Infinity);
    clearTimeout(this.#pollTimer);
    clearTimeout(this.#watchTimer);
    const unwatch = this.#unwatch;
    this.#unwatch = null;
    await unwatch?.();
  }

  /** A read that is pending began before the process was frozen, so it does not count. */
  async #catchUp(): Promise<void> {
    const { timeoutMs } = this.repository;
    try {
      await withTimeLimit(() => this.#read(), timeoutMs, `no answer within ${timeoutMs} ms`);
    } catch {
      // The outage is known from now on.
      this.#expectReadUntil(Infinity);
    } finally {
      this.#catchingUp = null;
    }
  }

  async #read(): Promise<void> {
    const beganAt = performance.now();
    this.state.catchUp();
    try {
      await this.#readCurrent();
      this.#failures = 0;
      this.#readAt = Math.max(this.#readAt, beganAt);
    } catch (error) {
      // If a later read was successful, this failure is out of date.
      if (beganAt < this.#readAt) throw error;
      this.#failures += 1;
      this.state.fail(error instanceof Error ? error : new Error(String(error)));
      throw error;
    } finally {
      this.#schedule();
      this.#expectRead();
    }
  }

  #expectRead(): void {
    const isExpected = this.#running && this.#failures === 0 && !(this.storage instanceof MemoryStorage);
    const toleratedMs = OVERDUE_INTERVALS * this.pollIntervalMs + this.repository.timeoutMs;
    const age = performance.now() - this.#readAt;
    this.#expectReadUntil(isExpected ? Date.now() - age + this.pollIntervalMs + toleratedMs : Infinity);
  }

  #expectReadUntil(overdueAt: number): void {
    this.state.expectRead(overdueAt, () => (this.#catchingUp ??= this.#catchUp()));
  }

  async #readCurrent(): Promise<void> {
    for (let attempt = 0; attempt < MAX_OVERTAKEN_READS; attempt += 1) {
      const [known, writesBefore] = [this.state.record, this.repository.writes];
      const stored = await this.repository.read();
      // This process has written or read something newer meanwhile, and the state in memory must not go back.
      if (this.repository.writes !== writesBefore || this.state.record !== known) continue;
      const lost = this.#lost(stored);
      if (lost === null) this.state.accept(this.#recordOf(stored));
      else await this.#writeBack(stored, lost !== known);
      return;
    }
  }

  /** What to write back to the storage, or null. */
  #lost(stored: ReadRecord | null): MaintenanceRecord | null {
    return this.repository.isEdited ? null : lostRecord(stored?.record ?? null, this.state.record);
  }

  #recordOf(stored: ReadRecord | null): MaintenanceRecord {
    if (stored !== null) return stored.record;
    return this.repository.isEdited ? EMPTY_RECORD : (this.state.record ?? EMPTY_RECORD);
  }

  /** In the queue of changes, so that none is undone: compares and writes what is stored and known when its turn comes. */
  async #writeBack(found: ReadRecord | null, isMerged: boolean): Promise<void> {
    this.state.fail(this.repository.lost(found?.record ?? null, isMerged));
    await this.repository.changes.run(async () => {
      const stored = await this.repository.read();
      const lost = this.#lost(stored);
      if (lost === null) return this.refreshInBackground();
      try {
        await this.repository.write(lost, stored?.version ?? null);
        this.state.acceptWritten(lost);
      } catch (error) {
        if (!isConflict(error)) throw error;
        // Another process has written meanwhile: read again and decide again.
        this.refreshInBackground();
      }
    });
  }

  #schedule(): void {
    if (!this.#running) return;
    clearTimeout(this.#pollTimer);
    const delay =
      this.#failures === 0 ? jittered(this.pollIntervalMs) : backoff(this.pollIntervalMs, this.#failures);
    this.#pollTimer = setTimeout(() => this.refreshInBackground(), delay).unref();
  }

  /** Polling alone is enough, so if watching fails it is only tried again. */
  async #watch(failures: number): Promise<void> {
    if (!this.storage.watch) return;
    try {
      const unwatch = await this.storage.watch(() => this.#running && this.refreshInBackground());
      if (!this.#running) return await unwatch();
      this.#unwatch = unwatch;
      // The watch did not report what was written between the last read and now.
      this.refreshInBackground();
    } catch {
      if (!this.#running) return;
      const delay = backoff(this.pollIntervalMs, failures + 1);
      this.#watchTimer = setTimeout(() => void this.#watch(failures + 1), delay).unref();
    }
  }
}

function jittered(ms: number): number {
  return Math.min(ms * (0.9 + Math.random() * 0.2), MAX_DELAY_MS);
}

/** The shortest pause after a failed call. */
const MIN_BACKOFF_MS = 50;
/** How long at most after the end of an outage a call is made, with the usual poll intervals. */
const MAX_BACKOFF_MS = 5_000;
/** The same for poll intervals that are longer than that. */
const MAX_BACKOFF_OF_RARE_POLLS_MS = 30_000;

/**
 * The pause before a failed call is made again: exponential backoff with full jitter, so that instances do not call at the same
 * moment. A few seconds at most, or a poll interval if that is longer: a storage that is down gets no more calls than one
 * that works, and an instance is current again soon after the outage, whatever its length.
 *
 * @param failures in a row, at least 1.
 * @param random at least 0, below 1.
 */
export function backoff(pollIntervalMs: number, failures: number, random = Math.random()): number {
  const longest = Math.min(Math.max(MAX_BACKOFF_MS, pollIntervalMs), MAX_BACKOFF_OF_RARE_POLLS_MS);
  return Math.max(MIN_BACKOFF_MS, random * Math.min(longest, pollIntervalMs * 2 ** failures));
}
