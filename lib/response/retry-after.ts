import type { MaintenanceStatus } from '../interfaces/maintenance-status.js';

/**
 * Seconds until it is worth trying again (RFC 9110 section 10.2.3): until the end of the window, at least 1; where it has
 * no end, what the options say. Null: not to be said.
 */
export function retryAfter(
  status: MaintenanceStatus,
  withoutEnd: number | false,
  now: number,
): number | null {
  if (withoutEnd === false) return null;
  if (status.endsAt === null) return withoutEnd;
  return Math.max(1, Math.ceil((status.endsAt.getTime() - now) / 1000));
}
