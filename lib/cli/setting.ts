import type { DisableOptions, EnableOptions, UpdateOptions } from '../interfaces/maintenance-status.js';
import { addressRange } from '../options/option-checks.js';
import { MAX_NAME_LENGTH } from '../state/record-members.js';
import { MAX_REASON_LENGTH } from '../state/reasons.js';
import { checkOption, listOf, scopeName, string } from '../validation/check.js';
import type { Values } from './option-table.js';
import { durationOf, timeOf } from './times.js';
import { UsageError } from './usage-error.js';

const TEXT = string({ max: MAX_REASON_LENGTH });
const NAME = string({ min: 1, max: MAX_NAME_LENGTH });

/** What `on` and `run` set. @throws UsageError, MaintenanceOptionsError */
export function setting(values: Values): EnableOptions {
  const { reason, note } = values;
  const allowed = values['allow-ip'];
  const startsAt = values.start === undefined ? undefined : timeOf(values.start, '--start');
  const endsAt = endOf(values, startsAt);
  return {
    ...scopeAndAuthor(values),
    ...(reason !== undefined && { reason: checkOption(TEXT, reason, '--reason') }),
    ...(note !== undefined && { note: checkOption(TEXT, note, '--note') }),
    ...(startsAt !== undefined && { startsAt }),
    ...(endsAt !== undefined && { endsAt }),
    ...(values.announce !== undefined && { announceFrom: timeOf(values.announce, '--announce') }),
    ...(values['read-only'] === true && { mode: 'read-only' as const }),
    ...(allowed !== undefined && { allow: { ipAddresses: addresses(allowed) } }),
  };
}

/**
 * What `update` changes: `never` takes an end away, and an empty text a reason or a note. `--for` without `--start` counts from
 * the start that is set.
 */
export function changes(values: Values): { changes: UpdateOptions; lastsMs: number | undefined } {
  const { full = false, end, reason, note } = values;
  if (full && values['read-only'] === true) throw new UsageError('--full and --read-only exclude each other');
  const endless = end === 'never';
  if (endless && values.for !== undefined) throw new UsageError('--end and --for exclude each other');
  const { end: _, for: duration, ...others } = values;
  const lastsMs =
    duration === undefined || end !== undefined || values.start !== undefined
      ? undefined
      : durationOf(duration, '--for');
  const result = {
    ...setting(endless || lastsMs !== undefined ? others : values),
    ...(endless && { endsAt: null }),
    ...(reason === '' && { reason: null }),
    ...(note === '' && { note: null }),
    ...(full && { mode: 'full' as const }),
  };
  if (lastsMs === undefined && Object.keys(result).every((member) => member === 'scope' || member === 'by'))
    throw new UsageError('update needs something to change, such as --reason, --end or --full');
  return { changes: result, lastsMs };
}

export function offOptions(values: Values): DisableOptions {
  const { all = false, scope, note } = values;
  if (all && scope !== undefined) throw new UsageError('--all and --scope exclude each other');
  return {
    ...scopeAndAuthor(values),
    ...(all && { all }),
    ...(note !== undefined && { note: checkOption(TEXT, note, '--note') }),
  };
}

export function scopeAndAuthor({ scope, by }: Values): { scope?: string; by?: string } {
  return {
    ...(scope !== undefined && { scope: checkOption(scopeName, scope, '--scope') }),
    ...(by !== undefined && { by: checkOption(NAME, by, '--by') }),
  };
}

function endOf(values: Values, startsAt: Date | undefined): Date | undefined {
  const { end, for: duration } = values;
  if (end !== undefined && duration !== undefined) throw new UsageError('--end and --for exclude each other');
  if (end !== undefined) return timeOf(end, '--end');
  if (duration === undefined) return undefined;
  return new Date((startsAt?.getTime() ?? Date.now()) + durationOf(duration, '--for'));
}

function addresses(given: string[]): string[] {
  checkOption(listOf(addressRange), given, '--allow-ip');
  return given;
}
