/** `scheduled` will begin at `startsAt`; only `active` blocks. @publicApi */
export type MaintenanceState = 'off' | 'scheduled' | 'active';

/** `read-only` blocks every method except GET, HEAD and OPTIONS. @publicApi */
export type MaintenanceMode = 'full' | 'read-only';

/** A reason in several languages, by language tag (RFC 5646). @publicApi */
export type MaintenanceReasons = Readonly<Record<string, string>>;

/** The status of the application or of a scope. @publicApi */
export interface MaintenanceStatus {
  readonly state: MaintenanceState;
  readonly mode: MaintenanceMode;
  /** Null: the whole application. */
  readonly scope: string | null;
  /** If it was given by language: the English text, or the first one. */
  readonly reason: string | null;
  /** All texts of a reason that was given by language, else null. */
  readonly reasons: MaintenanceReasons | null;
  readonly startsAt: Date | null;
  readonly endsAt: Date | null;
  /** It is scheduled, and the time to tell visitors has come (`announceFrom`, else `announce.leadSeconds` before its start). */
  readonly announced: boolean;
  /** Who set it. */
  readonly by: string | null;
  readonly updatedAt: Date | null;
  /** Grows by one with each change of the record. */
  readonly revision: number;
  /** The last read of the storage failed; this is the last known state. */
  readonly stale: boolean;
}

/**
 * How maintenance is turned on. Null and absent are the same: not set.
 *
 * A `MaintenanceStatus` can be given back, so that what held before can be set again. Its members `state`, `announced`,
 * `updatedAt`, `revision` and `stale` are ignored, except that a `state` of `off` is refused: `disable` restores that. Its
 * `reasons` count only beside its own `reason`: another one replaces the texts in all languages.
 *
 * @publicApi
 */
export interface EnableOptions {
  /**
   * Shown to visitors as text; at most 2,000 characters. By language tag (`{ en: '...', 'pt-BR': '...' }`): each visitor gets
   * the text that `Accept-Language` chooses, else the English or the first one; together at most 20,000 characters as JSON.
   */
  readonly reason?: string | MaintenanceReasons | null;
  /** For the history, never shown to visitors; at most 2,000 characters. */
  readonly note?: string | null;
  /** A `Date`, or ISO 8601 with an offset or `Z`. Default: now. */
  readonly startsAt?: Date | string | null;
  /** A `Date`, or ISO 8601 with an offset or `Z`. Default: `limits.defaultDurationSeconds`, else until it is turned off. */
  readonly endsAt?: Date | string | null;
  /**
   * When visitors are told of a window that has not begun: a `Date`, or ISO 8601 with an offset or `Z`. Default:
   * `announce.leadSeconds` before `startsAt`.
   */
  readonly announceFrom?: Date | string | null;
  /** Default: the whole application. */
  readonly scope?: string | null;
  /** Default: `full`. */
  readonly mode?: MaintenanceMode | null;
  /** Who does it; kept in the status, the history and the log. */
  readonly by?: string | null;
  /** Who is let in while it is active, beside the options `ignore`; at most 50 addresses or CIDR ranges. */
  readonly allow?: { readonly ipAddresses?: readonly string[] } | null;
  /**
   * Waits, once that is stored, until the work that is in flight in this process has ended, at most this many milliseconds;
   * if work is left then, the log has a warning. Not allowed with a `startsAt` in the future. `except` is the calling
   * request, which would wait for itself: see `drained`.
   */
  readonly drain?: { readonly timeoutMs: number; readonly except?: object };
}

/**
 * The members to change. An absent member stays as it is; null resets it to its default. With a `startsAt` of null, what is
 * scheduled begins now.
 *
 * @publicApi
 */
export type UpdateOptions = Omit<EnableOptions, 'drain'>;

/** What to turn off, and who does it. @publicApi */
export interface DisableOptions {
  /** Default: the whole application; scopes that were turned on by name stay on. */
  readonly scope?: string | null;
  /** Turns off the application and every scope. Default: false. */
  readonly all?: boolean;
  /** Who does it; kept in the status, the history and the log. */
  readonly by?: string | null;
  /** For the history; at most 2,000 characters. */
  readonly note?: string | null;
}

/**
 * The way that a change came: the module's routes, the command line, the service, or a record that was edited in the storage.
 *
 * @publicApi
 */
export type MaintenanceChangeVia = 'route' | 'cli' | 'service' | 'storage';

/** One change of the past. The texts and the window are those that it set. @publicApi */
export interface MaintenanceChange {
  /** For a record that was edited in the storage: when that was noticed. */
  readonly at: Date;
  /** `on` also if it replaced a setting that was on; `restored`: at the end of a `run`. */
  readonly action: 'on' | 'off' | 'updated' | 'restored';
  /** Null: the whole application. */
  readonly scope: string | null;
  readonly by: string | null;
  readonly via: MaintenanceChangeVia;
  /** If it was given by language: the English text, or the first one. */
  readonly reason: string | null;
  /** Internal: never sent to visitors. */
  readonly note: string | null;
  readonly startsAt: Date | null;
  readonly endsAt: Date | null;
  readonly mode: MaintenanceMode;
  /** Of the record that the change made. */
  readonly revision: number;
}

/** What has happened; see `MaintenanceEvent`. @publicApi */
export type MaintenanceEventType =
  | 'scheduled'
  | 'announced'
  | 'activated'
  | 'updated'
  | 'deactivated'
  | 'cancelled'
  | 'storage-failed'
  | 'storage-recovered';

/**
 * A change that this process has learned of, whichever process made it.
 *
 * - `scheduled`: will begin at `after.startsAt`, also as the next stage of active maintenance
 * - `announced`: is scheduled, and visitors are told from now on; follows `scheduled` at once if it begins soon
 * - `activated`: has begun, by hand or because its window started
 * - `updated`: another reason, window, mode or author, in the same state; also when the next stage begins while the one
 *   before it is still active
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
  /**
   * `local` in the process that made the change, also when the window that it set begins or ends; else `remote`. So one
   * process alone reacts to a change, if it still runs. Events of the storage are `local`.
   */
  readonly origin: 'local' | 'remote';
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
