import type { MaintenanceStatus } from '../interfaces/maintenance-status.js';

/** What views can tell visitors: a window that is announced, or read-only maintenance that is active. @publicApi */
export interface MaintenanceNotice {
  /** False while read-only maintenance is active. */
  readonly announced: boolean;
  readonly mode: 'full' | 'read-only';
  readonly reason: string | null;
  /** ISO 8601 in UTC. */
  readonly startsAt: string | null;
  /** ISO 8601 in UTC. */
  readonly endsAt: string | null;
}

/** Null if there is nothing to tell on the pages of the application. */
export function noticeOf(status: MaintenanceStatus): MaintenanceNotice | null {
  const { state, announced, mode, reason, startsAt, endsAt } = status;
  if (!announced && !(state === 'active' && mode === 'read-only')) return null;
  return {
    announced,
    mode,
    reason,
    startsAt: startsAt?.toISOString() ?? null,
    endsAt: endsAt?.toISOString() ?? null,
  };
}
