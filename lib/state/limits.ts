import { MaintenanceOptionsError, MaintenanceWindowError } from '../errors.js';
import type { ResolvedOptions } from '../options/resolved-options.js';

export type Limits = ResolvedOptions['limits'];

/** When a window ends that says nothing about it; null: when it is turned off. */
export function defaultEnd(startsAt: number, { defaultDurationSeconds }: Limits): number | null {
  return defaultDurationSeconds === undefined ? null : startsAt + defaultDurationSeconds * 1000;
}

/** @throws MaintenanceWindowError for what has no end, or lasts too long from its start. */
export function checkDuration(startsAt: number, endsAt: number | null, { maxDurationSeconds }: Limits): void {
  if (maxDurationSeconds === undefined) return;
  const latest = startsAt + maxDurationSeconds * 1000;
  if (endsAt !== null && endsAt <= latest) return;
  const got = endsAt === null ? 'there is no endsAt' : `endsAt is ${new Date(endsAt).toISOString()}`;
  throw new MaintenanceWindowError(
    `Maintenance can last at most ${maxDurationSeconds} seconds here (limits.maxDurationSeconds), ` +
      `so it must end by ${new Date(latest).toISOString()}, and ${got}.`,
  );
}

/** @throws MaintenanceOptionsError if there has to be a reason, and is none. */
export function checkReason(reason: string | null, path: string, { requireReason }: Limits): void {
  if (!requireReason || (reason !== null && reason.trim() !== '')) return;
  throw new MaintenanceOptionsError(path, 'a reason is required here (limits.requireReason).');
}
