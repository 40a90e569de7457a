/** @publicApi */
export type MaintenanceState = 'off' | 'scheduled' | 'active';

/** `read-only` blocks every method except GET, HEAD and OPTIONS. @publicApi */
export type MaintenanceMode = 'full' | 'read-only';

/** The status of the application or of a scope. @publicApi */
export interface MaintenanceStatus {
  readonly state: MaintenanceState;
  readonly mode: MaintenanceMode;
  /** Null: the whole application. */
  readonly scope: string | null;
  readonly reason: string | null;
  readonly startsAt: Date | null;
  readonly endsAt: Date | null;
  /** Who set it. */
  readonly by: string | null;
  readonly updatedAt: Date | null;
  /** Grows by one with each change of the record. */
  readonly revision: number;
  /** The last read of the storage failed; this is the last known state. */
  readonly stale: boolean;
}

/** @publicApi */
export interface EnableOptions {
  /** Shown to visitors as text; at most 2,000 characters. */
  readonly reason?: string;
  /** A `Date`, or ISO 8601 with an offset or `Z`. Default: now. */
  readonly startsAt?: Date | string;
  /** A `Date`, or ISO 8601 with an offset or `Z`. Default: until it is turned off. */
  readonly endsAt?: Date | string;
  /** Default: the whole application. */
  readonly scope?: string;
  /** Default: `full`. */
  readonly mode?: MaintenanceMode;
  /** Who does it; kept in the status and in the log. */
  readonly by?: string;
  /**
   * Waits, once that is stored, until the work that is in flight in this process has ended, at most this many milliseconds;
   * if work is left then, the log has a warning. Not allowed with a `startsAt` in the future. `except` is the calling
   * request, which would wait for itself: see `drained`.
   */
  readonly drain?: { readonly timeoutMs: number; readonly except?: object };
}

/** @publicApi */
export interface DisableOptions {
  /** Default: the whole application; scopes that were turned on by name stay on. */
  readonly scope?: string;
  /** Who does it; kept in the status and in the log. */
  readonly by?: string;
}

/** @publicApi */
export type MaintenanceEventType =
  | 'scheduled'
  | 'activated'
  | 'updated'
  | 'deactivated'
  | 'cancelled'
  | 'storage-failed'
  | 'storage-recovered';

/**
 * A change that this process has learned of, whichever process made it.
 *
 * - `scheduled`: will begin at `after.startsAt`
 * - `activated`: has begun, by hand or because its window started
 * - `updated`: another reason, window, mode or author, in the same state
 * - `deactivated`: was active and is not any more, by hand or because its window ended
 * - `cancelled`: was scheduled and will not begin
 * - `storage-failed`, `storage-recovered`: once per outage; the last known state stays in effect in between
 *
 * @publicApi
 */
export interface MaintenanceEvent {
  readonly type: MaintenanceEventType;
  /** Null: the whole application. */
  readonly scope: string | null;
  readonly before: MaintenanceStatus;
  readonly after: MaintenanceStatus;
  readonly at: Date;
  /** The failure, with `storage-failed`. */
  readonly error?: Error;
}

/**
 * The outcome of waiting for the work in flight.
 *
 * @publicApi
 */
export interface DrainResult {
  /** Whether all of it has ended. */
  readonly drained: boolean;
  /** How many requests and jobs had not ended when the time was over. */
  readonly remaining: number;
}
