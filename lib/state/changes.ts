import { randomBytes } from 'node:crypto';
import type { DisableOptions, EnableOptions } from '../interfaces/maintenance-status.js';
import { MaintenanceWindowError } from '../errors.js';
import { type Check, checkOption, object, oneOf, scopeName, string } from '../validation/check.js';
import {
  checkWindow,
  entriesOf,
  entryOf,
  type MaintenanceRecord,
  OFF_ENTRY,
  parseDate,
  type RecordEntry,
  stateAt,
  withEntry,
} from './maintenance-record.js';
import { withMark } from './lineage.js';
import { drainOption } from '../options/option-checks.js';
import { checkRoomForScopes, hasRoomForScopes, MAX_NAME_LENGTH, MAX_REASON_LENGTH } from './record-format.js';

const MAX_OFF_SCOPES = 100;

/**
 * What a write does to the record. It may run more than once (after a lost race, on the new record), and throws to refuse. If
 * it returns the same object, nothing is written.
 */
export interface RecordChange {
  (record: MaintenanceRecord, now: number): MaintenanceRecord;
}

const asIs: Check<unknown> = (value) => value;
const enableOptions = object({
  reason: string({ max: MAX_REASON_LENGTH }),
  startsAt: asIs,
  endsAt: asIs,
  scope: scopeName,
  mode: oneOf('full', 'read-only'),
  by: string({ max: MAX_NAME_LENGTH }),
  drain: drainOption,
});
const disableOptions = object({
  startsAt: asIs,
  endsAt: asIs,
  scope: scopeName,
  by: string({ max: MAX_NAME_LENGTH }),
});

/**
 * The change that turns maintenance on. Options are checked at once, and the window again when the change is applied.
 *
 * @throws MaintenanceOptionsError, MaintenanceWindowError
 */
export function turnOn(options: EnableOptions): RecordChange {
  const { reason, scope = null, mode, by, drain, ...window } = checkOption(enableOptions, options, 'enable');
  const startsAt = window.startsAt === undefined ? null : parseDate(window.startsAt, 'startsAt');
  const endsAt = window.endsAt === undefined ? null : parseDate(window.endsAt, 'endsAt');
  checkWindow(startsAt, endsAt, Date.now());
  if (drain && startsAt !== null && startsAt > Date.now()) {
    throw new MaintenanceWindowError(
      'drain waits for what is in flight when maintenance begins, and startsAt is in the future: call drained() when it has begun.',
    );
  }
  return (record, now) => {
    checkWindow(startsAt, endsAt, now);
    const changed = withEntry(record, scope, {
      state: startsAt !== null && startsAt > now ? 'scheduled' : 'on',
      mode: mode ?? 'full',
      reason: reason ?? null,
      startsAt,
      endsAt,
      by: by ?? null,
      updatedAt: now,
      revision: record.revision + 1,
    });
    if (scope !== null) checkRoomForScopes({ ...changed, scopes: withoutForgotten(changed, now) });
    return changed;
  };
}

/**
 * The change that turns maintenance off, including a scheduled window. If it is off already, nothing is written.
 *
 * @throws MaintenanceOptionsError, MaintenanceWindowError
 */
export function turnOff(options: DisableOptions): RecordChange {
  const { scope = null, by, startsAt, endsAt } = checkOption(disableOptions, options, 'disable');
  if (startsAt !== undefined || endsAt !== undefined) {
    throw new MaintenanceWindowError(
      'disable takes no startsAt or endsAt: it turns maintenance off at once.',
    );
  }
  return (record, now) => {
    if (entryOf(record, scope).state === 'off') return record;
    return withEntry(record, scope, {
      ...OFF_ENTRY,
      by: by ?? null,
      updatedAt: now,
      revision: record.revision + 1,
    });
  };
}

/** The change that restores what `run` replaced, unless the entry was changed meanwhile. */
export function restore(scope: string | null, ours: RecordEntry, previous: RecordEntry): RecordChange {
  return (record) =>
    isSameSetting(entryOf(record, scope), ours) ? withEntry(record, scope, previous) : record;
}

/** Whether two entries were set by the same change. */
export function isSameSetting(a: RecordEntry, b: RecordEntry): boolean {
  return a.revision === b.revision && a.updatedAt === b.updatedAt && a.state === b.state;
}

/** The change that only makes sure that the record has a signing key. */
export const ensureKey: RecordChange = (record) => (record.key === null ? { ...record } : record);

/**
 * Adds what every written record has: the next revision, a signing key, and the id of its latest activation.
 *
 * @param knownKey of the lineage that continues if the stored record has no key.
 */
export function finish(
  before: MaintenanceRecord,
  after: MaintenanceRecord,
  now: number,
  knownKey: string | null,
): MaintenanceRecord {
  const lineage = before.revision === 0 ? null : knownKey;
  return {
    ...after,
    scopes: withoutForgotten(after, now),
    revision: before.revision + 1,
    marks: withMark(before.marks, before.revision + 1),
    activation: activationOf(before, after, now),
    key: before.key ?? lineage ?? randomBytes(32).toString('base64url'),
  };
}

/**
 * Entries that are off are kept for the latest scopes only, to show who turned them off: short-lived scopes must not fill the
 * record. A full record keeps none of them.
 */
function withoutForgotten(record: MaintenanceRecord, now: number): MaintenanceRecord['scopes'] {
  const off = [...record.scopes].filter(([, entry]) => stateAt(entry, now) === 'off');
  if (off.length === 0) return record.scopes;
  const kept = hasRoomForScopes(record) ? MAX_OFF_SCOPES : 0;
  const forgotten = off.toSorted(([, a], [, b]) => b.revision - a.revision).slice(kept);
  const names = new Set(forgotten.map(([name]) => name));
  return new Map([...record.scopes].filter(([name]) => !names.has(name)));
}

function activationOf(before: MaintenanceRecord, after: MaintenanceRecord, now: number): string | null {
  let isAnyOn = false;
  for (const [scope, entry] of entriesOf(after)) {
    if (stateAt(entry, now) === 'off') continue;
    isAnyOn = true;
    const previous = entryOf(before, scope);
    // The activation of a scheduled window is identified by its start, which its replacement does not have.
    const continues = stateAt(previous, now) === 'active' && previous.state === 'on' && entry.state === 'on';
    const isNew = entry !== previous && !continues;
    if (isNew) return randomBytes(9).toString('base64url');
  }
  return isAnyOn ? before.activation : null;
}
