/** What a storage holds: the text, and the version that `write` can be made conditional on. @publicApi */
export interface StoredRecord {
  readonly text: string;
  /** Opaque; null where the storage knows no versions. */
  readonly version: string | null;
}

/** What the caller of a write lets it have. @publicApi */
export interface WriteLimits {
  /**
   * In so many milliseconds from now the caller gives the write up, and says that it failed. A storage that can, makes sure
   * that a write does not take effect any later.
   */
  readonly timeoutMs: number;
}

/**
 * Where the maintenance state lives.
 *
 * A storage moves text and knows nothing of its meaning. Errors of the driver are thrown as they are: the
 * caller wraps them in a `MaintenanceStorageError`, puts a time limit around each call and decides what holds
 * meanwhile. `nestjs-maintenance-mode/testing` has the suite that every storage passes.
 *
 * @publicApi
 */
export interface MaintenanceStorage {
  /** Short name for logs and errors: `file`, `redis`. */
  readonly name: string;

  /** Where it is, for messages: a path, a URL without its password. */
  readonly location?: string;

  /** Whether `write` compares with `expected` and replaces in one indivisible step. */
  readonly atomic: boolean;

  /**
   * What it means that a known record is gone: `off` where a person may delete it (a file), else `lost`: the
   * last known state holds and is written back. Default: `lost`.
   */
  readonly missing?: 'off' | 'lost';

  /** The stored text with the version it has, or null where nothing was ever stored. */
  read(): Promise<StoredRecord | null>;

  /**
   * Replaces the text and resolves once the storage has it.
   *
   * With `expected` (a version, or null for "nothing stored yet") only if the storage still has that one, else
   * it throws a `MaintenanceConflictError`. A storage that cannot compare ignores it and has `atomic` false. A storage need
   * not look at `limits`: the caller keeps to them by itself.
   */
  write(text: string, expected?: string | null, limits?: WriteLimits): Promise<StoredRecord>;

  /** Calls back soon after another process has written; resolves to what stops it. A hint: polling is enough. */
  watch?(onChange: () => void): Promise<() => Promise<void>>;

  /** Releases clients, timers and watchers that the storage itself has made. */
  close?(): Promise<void>;
}
