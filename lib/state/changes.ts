import { randomBytes } from 'node:crypto';
import type { DisableOptions, EnableOptions } from '../interfaces/maintenance-status.js';
import { MaintenanceWindowError } from '../errors.js';
import { type Check, object, oneOf, string } from '../validation/check.js';
import { checkOption } from '../validation/check-option.js';
import { scopeName } from '../validation/scope-name.js';
import {
  entriesOf,
  entryOf,
  type MaintenanceRecord,
  OFF_ENTRY,
  type RecordEntry,
  stateAt,
  withEntry,
  checkWindow,
  parseDate,
} from './maintenance-record.js';
import { withMark } from './lineage.js';
import { drainOption } from '../drain/in-flight-work.js';
import { checkRoomForScopes, hasRoomForScopes, MAX_NAME_LENGTH, MAX_REASON_LENGTH } from './record-format.js';

const MAX_OFF_SCOPES = 100;

/**
 * What a write does to the record. It may run more than once (a lost race is tried again on the new record), and
 * throws to refuse. The same object returned means that there is nothing to write.
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
 * The change that turns maintenance on. Options are checked at once, the window against the clock when it is written.
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
 * The change that turns maintenance off, a scheduled window included. Where it is off already, nothing is written.
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

/** The change that puts back what `run` replaced, unless somebody has changed it meanwhile. */
export function restore(scope: string | null, ours: RecordEntry, previous: RecordEntry): RecordChange {
  return (record) =>
    isSameSetting(entryOf(record, scope), ours) ? withEntry(record, scope, previous) : record;
}

/** Whether two entries were set by the same change. */
export function isSameSetting(a: RecordEntry, b: RecordEntry): boolean {
  return a.revision === b.revision && a.updatedAt === b.updatedAt && a.state === b.state;
}

/** The change that only makes sure that there is a key to sign with. */
export const ensureKey: RecordChange = (record) => (record.key === null ? { ...record } : record);

/**
 * What every written record has: the next revision, a signing key, and the mark of its latest activation.
 *
 * @param knownKey of the lineage that goes on where the stored record has no key.
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
 * What is over is kept of the latest scopes, for who asks who turned them off: names that come and go must not fill the
 * record. A record that is full has none of them.
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
  let anyHolds = false;
  for (const [scope, entry] of entriesOf(after)) {
    if (stateAt(entry, now) === 'off') continue;
    anyHolds = true;
    const previous = entryOf(before, scope);
    // A window that was scheduled marks its activation by its start, which what replaces it does not have.
    const goesOn = stateAt(previous, now) === 'active' && previous.state === 'on' && entry.state === 'on';
    const isNew = entry !== previous && !goesOn;
    if (isNew) return randomBytes(9).toString('base64url');
  }
  return anyHolds ? before.activation : null;
}
