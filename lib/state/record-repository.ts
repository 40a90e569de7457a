import { setTimeout as delay } from 'node:timers/promises';
import { type MaintenanceConflictError, MaintenanceStorageError } from '../errors.js';
import type { MaintenanceStorage, StoredRecord } from '../interfaces/maintenance-storage.js';
import { describe } from '../validation/values.js';
import type { MaintenanceRecord } from './maintenance-record.js';
import { formatRecord, parseRecord, RecordParseError } from './record-format.js';

/** How long an editor or `echo 1 > file` gets to finish writing before the text counts as wrong. */
const SETTLE_MS = 50;

/** For a write whose answer did not come. */
export const UNKNOWN_OUTCOME = 'Whether it was written is unknown: look at the status.';

/** A record as it is in a storage. */
export interface ReadRecord {
  readonly record: MaintenanceRecord;
  readonly version: string | null;
}

/** There is a stored text, but it cannot be parsed. */
export class UnparsableRecordError extends MaintenanceStorageError {
  constructor(
    storage: string,
    cause: RecordParseError,
    /** Of the text. */
    readonly version: string | null,
  ) {
    super(storage, 'read', cause);
  }
}

/** A storage's name and location, for messages. */
export function storageLabel({ name, location }: MaintenanceStorage): string {
  return location === undefined ? name : `${name} ${location}`;
}

/** Whether a write lost a race. By its code: the storage may bring its own copy of this package. */
export function isConflict(error: unknown): error is MaintenanceConflictError {
  return error instanceof Error && 'code' in error && error.code === 'MAINTENANCE_CONFLICT';
}

/** Reads and writes records in a storage, with a time limit and with errors that name the storage. */
export class RecordRepository {
  /** Incremented when a write begins and when it ends: a read during which it changed may have seen the old record. */
  writes = 0;
  /** The changes of this process, one after the other. */
  readonly changes = new SerialQueue();
  /** The last read: text that has not changed is not parsed again, and stays the same object. */
  #last: { readonly text: string; readonly record: MaintenanceRecord } | null = null;

  constructor(
    private readonly storage: MaintenanceStorage,
    readonly timeoutMs: number,
  ) {}

  /** The storage's name and location, for messages. */
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

  /** The error for a storage that has lost a record or changes of it. */
  lost(stored: MaintenanceRecord | null, isMerged: boolean): MaintenanceStorageError {
    const what =
      stored === null
        ? 'the record has vanished while maintenance was on'
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

  /** The time limit of an operation that begins now. */
  limit(): TimeLimit {
    return new TimeLimit(this.timeoutMs);
  }

  /**
   * The stored record, or null if nothing was ever stored.
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
   * Writes a record. `expected` is the version that it replaces, null for none; a storage that cannot compare does not get it.
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

/** A storage may be the application's own code, so its result is checked. */
function checkStored(stored: StoredRecord | null): StoredRecord | null {
  if (stored === null || typeof stored?.text === 'string') return stored;
  throw new TypeError(
    `read() returned ${describe(stored)}; it returns { text, version }, or null if nothing is stored`,
  );
}

function timeoutMessage(action: 'read' | 'write', timeoutMs: number): string {
  const outcome = action === 'write' ? ` ${UNKNOWN_OUTCOME}` : '';
  return `no answer within ${timeoutMs} ms.${outcome}`;
}

/** Runs tasks one after the other, also after one that fails. */
class SerialQueue {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task);
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Like `run`, but rejects with the message, and does not begin the task, if its turn does not come within the limit. */
  async runWithin<T>(limit: TimeLimit, message: string, task: () => Promise<T>): Promise<T> {
    let begin = noop;
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

  /** Resolves when all tasks so far are done. */
  async idle(): Promise<void> {
    await this.#last;
  }
}

/** A call has taken longer than its limit. */
export class TimeLimitExceeded extends Error {
  override readonly name = 'TimeLimitExceeded';
}

/** Stands in for a promise's `resolve` or `reject` until there is the promise. */
export const noop = (): void => undefined;

/** A timer that fires later than this was delayed: something has blocked the event loop, or the machine slept. */
const TOLERATED_DELAY_MS = 20;

/**
 * The time limit of one operation, over all the calls that it makes.
 *
 * Time during which the event loop was blocked does not count: the answer may be waiting in a socket, and is read before the
 * limit ends.
 */
export class TimeLimit {
  #timer: NodeJS.Timeout | undefined;
  #dueAt = 0;
  #isOver = false;
  readonly #waiting = new Set<() => void>();

  constructor(readonly ms: number) {
    this.#arm(ms);
  }

  /** What is left, in whole milliseconds, at least 1. By `performance.now`: the system clock may be set meanwhile. */
  get leftMs(): number {
    return Math.max(1, Math.floor(this.#dueAt - performance.now()));
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /**
   * Makes a call and rejects when the time is over. The call itself continues, and its outcome is ignored. If the time is over
   * before the call begins, it is not made.
   */
  async race<T>(call: () => Promise<T>, message: string): Promise<T> {
    if (this.#isOver) throw new TimeLimitExceeded(message);
    let reject = noop;
    const limit = new Promise<never>((_, no) => (reject = () => no(new TimeLimitExceeded(message))));
    this.#waiting.add(reject);
    // A process that waits only for a storage that hangs would exit silently.
    this.#timer?.ref();
    try {
      return await Promise.race([call(), limit]);
    } finally {
      this.#waiting.delete(reject);
      if (this.#waiting.size === 0) this.#timer?.unref();
    }
  }

  /** Ends the limit when the operation is done. */
  release(): void {
    clearTimeout(this.#timer);
  }

  #arm(ms: number): void {
    this.#dueAt = performance.now() + ms;
    this.#timer = setTimeout(() => this.#fire(), ms);
    if (this.#waiting.size === 0) this.#timer.unref();
  }

  #fire(): void {
    const delayMs = performance.now() - this.#dueAt;
    if (delayMs > TOLERATED_DELAY_MS) this.#arm(Math.min(delayMs, this.ms));
    else this.#end();
  }

  #end(): void {
    this.#isOver = true;
    // One more turn of the event loop, in which sockets are read.
    setImmediate(() => this.#waiting.forEach((reject) => reject()));
  }
}

/** Makes a call and rejects if it takes longer than `ms`. */
export async function withTimeLimit<T>(call: () => Promise<T>, ms: number, message: string): Promise<T> {
  const limit = new TimeLimit(ms);
  try {
    return await limit.race(call, message);
  } finally {
    limit.release();
  }
}
