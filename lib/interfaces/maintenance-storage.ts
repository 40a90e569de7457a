/** The stored text, and its version, on which `write` can be conditional. @publicApi */
export interface StoredRecord {
  readonly text: string;
  /** Opaque; null if the storage has no versions. */
  readonly version: string | null;
}

/** The limits that the caller sets to a write. @publicApi */
export interface WriteLimits {
  /**
   * After this many milliseconds the caller gives the write up, and reports that it failed. If the storage can, it ensures that
   * the write does not take effect later.
   */
  readonly timeoutMs: number;
}

/**
 * Where the maintenance state lives.
 *
 * A storage reads and writes text, and does not know its meaning. It throws the driver's errors as they are: the caller wraps
 * them in a `MaintenanceStorageError`, sets a time limit for each call, and keeps the last known state meanwhile.
 * `nestjs-maintenance-mode/testing` has the test suite that every storage passes.
 *
 * @publicApi
 */
export interface MaintenanceStorage {
  /** Short name for logs and errors: `file`, `redis`. */
  readonly name: string;

  /** For messages: a path, or a URL without its password. */
  readonly location?: string;

  /** Whether `write` compares with `expected` and replaces in one indivisible step. */
  readonly atomic: boolean;

  /**
   * What a missing record means: `off` if a person may delete it (a file); `lost`: the last known state stays in effect and is
   * written back. Default: `lost`.
   */
  readonly missing?: 'off' | 'lost';

  /** The stored text with its version, or null if nothing was ever stored. */
  read(): Promise<StoredRecord | null>;

  /**
   * Replaces the text and resolves once it is stored.
   *
   * With `expected` (a version, or null for "nothing stored yet"), only if that is still the stored version; otherwise it
   * throws a `MaintenanceConflictError`. A storage that cannot compare ignores `expected` and has `atomic` false. A storage may
   * ignore `limits`: the caller keeps to them itself.
   */
  write(text: string, expected?: string | null, limits?: WriteLimits): Promise<StoredRecord>;

  /** Calls back soon after another process has written; resolves to a function that stops this. A hint: polling is enough. */
  watch?(onChange: () => void): Promise<() => Promise<void>>;

  /** Closes clients, timers and watchers that the storage itself has made. */
  close?(): Promise<void>;
}
