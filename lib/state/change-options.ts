import { MaintenanceOptionsError, MaintenanceWindowError } from '../errors.js';
import { drainOption, YEAR_SECONDS } from '../options/option-checks.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
import {
  boolean,
  type Check,
  integer,
  nullable,
  object,
  oneOf,
  scopeName,
  string,
} from '../validation/values.js';
import {
  allowed,
  givenReason,
  MAX_NAME_LENGTH,
  MAX_REASON_LENGTH,
  reasonsByLanguage,
} from './record-members.js';

const asIs: Check<unknown> = (value) => value;

const who = {
  scope: nullable(scopeName),
  by: nullable(string({ max: MAX_NAME_LENGTH })),
  note: nullable(string({ max: MAX_REASON_LENGTH })),
};

/** Members that only a status has: it can be given back. */
const ofStatus = {
  state: oneOf('off', 'scheduled', 'active'),
  reasons: nullable(reasonsByLanguage),
  announced: asIs,
  updatedAt: asIs,
  revision: asIs,
  stale: asIs,
};

const setting = {
  ...who,
  reason: nullable(givenReason),
  // Dates have errors of their own.
  startsAt: asIs,
  endsAt: asIs,
  announceFrom: asIs,
  mode: nullable(oneOf('full', 'read-only')),
  allow: nullable(allowed),
};

export const enableOptions = object({ ...setting, ...ofStatus, drain: drainOption });

export const updateOptions = object({ ...setting, ...ofStatus });

export const extendOptions = object({ ...who, ms: integer(1, YEAR_SECONDS * 1000) });

export const disableOptions = object({ ...who, all: boolean, startsAt: asIs, endsAt: asIs });

export const secretOptions = object({ by: who.by });

export const historyOptions = object({ limit: integer(0, Number.MAX_SAFE_INTEGER) });

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
