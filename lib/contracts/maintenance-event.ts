import type { MaintenanceStatus } from './maintenance-status.js';

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
 * A change that this process has learned of, whoever made it.
 *
 * - `scheduled`: will begin at `after.startsAt`
 * - `activated`: has begun, by hand or because its window started
 * - `updated`: another reason, window, mode or author, in the same state
 * - `deactivated`: was active and is not any more, by hand or because its window ended
 * - `cancelled`: was scheduled and will not begin
 * - `storage-failed`, `storage-recovered`: once per outage; the last known state holds in between
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
  /** What went wrong, with `storage-failed`. */
  readonly error?: Error;
}
