import { MaintenanceOptionsError, MaintenanceWindowError } from '../errors.js';
import type { DisableOptions, EnableOptions } from '../interfaces/maintenance-status.js';
import { checkOption } from '../validation/check.js';
import { disableOptions, enableOptions } from './change-options.js';
import { checkDuration, checkReason, defaultEnd } from './limits.js';
import { entriesOf, entryOf, OFF_ENTRY, type RecordEntry } from './maintenance-record.js';
import { keptReason } from './reasons.js';
import { changed, type RecordChange } from './record-change.js';
import { isPlanned, stageAt, stateAt } from './stages.js';
import { checkAnnouncement, checkWindow, dateOrNull } from './window.js';

/**
 * The change that turns maintenance on. While it is active, a later start makes the next stage of it. Options are checked at
 * once, and the window and the limits when the change is applied.
 *
 * @throws MaintenanceOptionsError, MaintenanceWindowError
 */
export function turnOn(options: EnableOptions): RecordChange {
  const checked = checkOption(enableOptions, options, 'enable');
  const {
    reason: given = null,
    reasons,
    note = null,
    scope = null,
    mode,
    by = null,
    allow,
    drain,
    ...window
  } = checked;
  if (window.state === 'off') {
    throw new MaintenanceOptionsError('enable.state', 'this status is off: use disable to turn it off.');
  }
  const { reason, reasons: byLanguage } = keptReason(given, reasons);
  const startsAt = dateOrNull(window.startsAt, 'startsAt');
  const endsAt = dateOrNull(window.endsAt, 'endsAt');
  const announceFrom = dateOrNull(window.announceFrom, 'announceFrom');
  checkWindow(startsAt, endsAt, Date.now());
  checkAnnouncement(announceFrom, startsAt);
  if (drain && startsAt !== null && startsAt > Date.now()) {
    throw new MaintenanceWindowError(
      'drain waits for what is in flight when maintenance begins, and startsAt is in the future: call drained() when it has begun.',
    );
  }
  return (record, context) => {
    const { now, limits } = context;
    const stage: RecordEntry = {
      ...OFF_ENTRY,
      state: startsAt !== null && startsAt > now ? 'scheduled' : 'on',
      mode: mode ?? 'full',
      reason,
      reasons: byLanguage,
      note,
      startsAt,
      endsAt: endsAt ?? defaultEnd(startsAt ?? now, limits),
      announceFrom,
      allow: allow?.ipAddresses ?? [],
      by,
      updatedAt: now,
      revision: record.revision + 1,
    };
    checkWindow(startsAt, stage.endsAt, now);
    checkReason(reason, 'enable.reason', limits);
    checkDuration(startsAt ?? now, stage.endsAt, limits);
    const present = stageAt(entryOf(record, scope), now);
    const isNext = isPlanned(stage, now) && stateAt(present, now) === 'active';
    const entry = isNext ? { ...present, next: stage } : stage;
    return changed(record, entry, stage, { action: 'on', scope, by, note }, context);
  };
}

/**
 * The change that turns maintenance off, including what is scheduled. If it is off already, nothing is written.
 *
 * @throws MaintenanceOptionsError, MaintenanceWindowError
 */
export function turnOff(options: DisableOptions): RecordChange {
  const checked = checkOption(disableOptions, options, 'disable');
  const { scope = null, all = false, by = null, note = null, startsAt, endsAt } = checked;
  if ((startsAt ?? endsAt ?? null) !== null) {
    throw new MaintenanceWindowError(
      'disable takes no startsAt or endsAt: it turns maintenance off at once.',
    );
  }
  if (all && scope !== null) {
    throw new MaintenanceOptionsError('disable.all', 'it turns off every scope: give it without "scope".');
  }
  return (record, context) => {
    const scopes = all ? entriesOf(record).map(([name]) => name) : [scope];
    return scopes.reduce((changing, name) => {
      if (entryOf(changing, name).state === 'off') return changing;
      const entry = { ...OFF_ENTRY, by, updatedAt: context.now, revision: record.revision + 1 };
      return changed(changing, entry, entry, { action: 'off', scope: name, by, note }, context);
    }, record);
  };
}

/** The change that only makes sure that the record has a signing key. */
export const ensureKey: RecordChange = (record) => (record.key === null ? { ...record } : record);
