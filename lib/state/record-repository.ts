import { setTimeout as delay } from 'node:timers/promises';
import { type MaintenanceConflictError, MaintenanceStorageError } from '../errors.js';
import type { MaintenanceStorage, StoredRecord } from '../interfaces/maintenance-storage.js';
import { describe } from '../validation/check.js';
import type { MaintenanceRecord } from './maintenance-record.js';
import { formatRecord, parseRecord, RecordParseError } from './record-format.js';
import { TimeLimit, nothing, TimeLimitExceeded } from './time-limit.js';

/** How long an editor or `echo 1 > file` gets to finish what it is just writing, before the text counts as wrong. */
const SETTLE_MS = 50;

/** Of a write whose answer did not come. */
export const UNKNOWN_OUTCOME = 'Whether it was written is unknown: look at the status.';

/** What a storage holds, understood. */
export interface ReadRecord {
  readonly record: MaintenanceRecord;
  readonly version: string | null;
}

/** The stored text is there, but cannot be understood. */
export class UnparsableRecordError extends MaintenanceStorageError {
  constructor(
    storage: string,
    cause: RecordParseError,
    /** The version that the text has. */
    readonly version: string | null,
  ) {
    super(storage, 'read', cause);
  }
}

/** A storage's name and place, for messages. */
export function storageLabel({ name, location }: MaintenanceStorage): string {
  return location === undefined ? name : `${name} ${location}`;
}

/** Whether a write lost a race; also where the storage brings its own copy of this package. */
export function isConflict(error: unknown): error is MaintenanceConflictError {
  return error instanceof Error && 'code' in error && error.code === 'MAINTENANCE_CONFLICT';
}

/** Reads and writes records in a storage: with a time limit, and with errors that name the storage. */
export class RecordRepository {
  /** Grows when a write begins and when it ends: a read during which it grew may have seen what was there before. */
  writes = 0;
  /** Of this process, one after the other. */
  readonly changes = new SerialQueue();
  /** What was read last: text that has not changed is not parsed again, and stays the same record. */
  #last: { readonly text: string; readonly record: MaintenanceRecord } | null = null;

  constructor(
    private readonly storage: MaintenanceStorage,
    private readonly timeoutMs: number,
  ) {}

  /** The storage's name and place, for messages. */
  get label(): string {
    return storageLabel(this.storage);
  }

  /** Whether a person may delete the record, or copy an older one over it, to change the state. */
  get isEdited(): boolean {
    return this.storage.missing === 'off';
  }

  get isAtomic(): boolean {
    return this.storage.atomic;
  }

  /** What to tell of a storage that has lost what it had. */
  lost(stored: MaintenanceRecord | null, isMerged: boolean): MaintenanceStorageError {
    const what =
      stored === null
        ? 'the record has vanished while maintenance held'
        : `the record has become an older one (revision ${stored.revision})`;
    const remedy = isMerged
      ? 'its changes and the known ones are written together'
      : 'the last known one is written back';
    return new MaintenanceStorageError(
      this.label,
      'read',
      new Error(
        `${isMerged ? 'the record was changed without the changes that are known here' : what}; ${remedy}`,
      ),
    );
  }

  /** The time that an operation has which begins now. */
  limit(): TimeLimit {
    return new TimeLimit(this.timeoutMs);
  }

  /**
   * The stored record, or null where nothing was ever stored.
   *
   * @throws UnparsableRecordError, MaintenanceStorageError
   */
  async read(limit?: TimeLimit): Promise<ReadRecord | null> {
    const own = limit ?? this.limit();
    try {
      return await this.#readOnce(own);
    } catch (error) {
      if (!(error instanceof UnparsableRecordError) || own.leftMs <= SETTLE_MS) throw error;
      await delay(SETTLE_MS);
      return await this.#readOnce(own);
    } finally {
      if (limit === undefined) own.release();
    }
  }

  /**
   * Writes a record. `expected` is the version that it replaces, null for none; a storage that cannot compare is not told.
   *
   * @throws MaintenanceConflictError, MaintenanceStorageError
   */
  async write(record: MaintenanceRecord, expected: string | null, limit?: TimeLimit): Promise<void> {
    const own = limit ?? this.limit();
    try {
      await this.#call('write', own, async () => {
        const text = formatRecord(record);
        this.writes += 1;
        try {
          const limits = { timeoutMs: own.leftMs };
          await this.storage.write(text, this.isAtomic ? expected : undefined, limits);
        } finally {
          this.writes += 1;
        }
      });
    } finally {
      if (limit === undefined) own.release();
    }
  }

  async #readOnce(limit: TimeLimit): Promise<ReadRecord | null> {
    const stored = await this.#call('read', limit, async () => checkStored(await this.storage.read()));
    if (stored === null) return null;
    try {
      if (this.#last?.text !== stored.text)
        this.#last = { text: stored.text, record: parseRecord(stored.text) };
      return { record: this.#last.record, version: stored.version };
    } catch (error) {
      if (!(error instanceof RecordParseError)) throw error;
      throw new UnparsableRecordError(this.label, error, stored.version);
    }
  }

  async #call<T>(action: 'read' | 'write', limit: TimeLimit, call: () => Promise<T>): Promise<T> {
    try {
      return await limit.race(call, timeoutMessage(action, limit.ms));
    } catch (error) {
      if (isConflict(error)) throw error;
      throw new MaintenanceStorageError(this.label, action, error);
    }
  }
}

/** A storage is other people's code: what it returns is looked at before it is believed. */
function checkStored(stored: StoredRecord | null): StoredRecord | null {
  if (stored === null || typeof stored?.text === 'string') return stored;
  throw new TypeError(
    `read() returned ${describe(stored)}; it returns { text, version }, or null where nothing is stored`,
  );
}

function timeoutMessage(action: 'read' | 'write', timeoutMs: number): string {
  const outcome = action === 'write' ? ` ${UNKNOWN_OUTCOME}` : '';
  return `no answer within ${timeoutMs} ms.${outcome}`;
}

/** Runs tasks one after the other; one that fails does not keep the next from running. */
export class SerialQueue {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task);
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** As `run`; rejects with the message, and does not begin the task, if its turn does not come within the limit. */
  async runWithin<T>(limit: TimeLimit, message: string, task: () => Promise<T>): Promise<T> {
    let begin = nothing;
    const turn = new Promise<void>((resolve) => (begin = resolve));
    const result = this.run(async () => {
      begin();
      if (limit.isOver) throw new TimeLimitExceeded(message);
      return task();
    });
    result.catch(() => undefined);
    await limit.race(() => turn, message);
    return result;
  }

  /** Resolves when what was asked for so far is done. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
