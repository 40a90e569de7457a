import { MaintenanceWindowError } from '../errors.js';
import type { UpdateOptions } from '../interfaces/maintenance-status.js';
import { checkOption } from '../validation/check.js';
import { extendOptions, updateOptions } from './change-options.js';
import { checkDuration, checkReason, defaultEnd } from './limits.js';
import { entryOf, type RecordEntry } from './maintenance-record.js';
import { keptReason } from './reasons.js';
import { changed, type ChangeContext, nameOf, nothingIsOn, type RecordChange } from './record-change.js';
import { sinceOf, stageAt, stateAt } from './stages.js';
import { checkAnnouncement, checkWindow, dateOrNull, parseDate } from './window.js';

/**
 * The change that keeps what is on or scheduled, except for what the options name: of the present stage, or of the planned one
 * if nothing is active.
 *
 * @throws MaintenanceOptionsError, MaintenanceWindowError
 */
export function update(options: UpdateOptions): RecordChange {
  const checked = checkOption(updateOptions, options, 'update');
  const { scope = null, by = null, note = null } = checked;
  const window = {
    startsAt: dateOrNull(checked.startsAt, 'startsAt'),
    endsAt: dateOrNull(checked.endsAt, 'endsAt'),
    announceFrom: dateOrNull(checked.announceFrom, 'announceFrom'),
  };
  return changeStage({ scope, by, note }, (stage, began, { now, limits }) => {
    const start = checked.startsAt === undefined ? stage : withStart(stage, window.startsAt, now);
    const given = checked.endsAt === undefined ? stage.endsAt : window.endsAt;
    const announceFrom = checked.announceFrom === undefined ? stage.announceFrom : window.announceFrom;
    if (checked.announceFrom !== undefined) checkAnnouncement(announceFrom, start.startsAt);
    const updated: RecordEntry = {
      ...stage,
      state: start.state,
      startsAt: start.startsAt,
      ...(checked.reason !== undefined && keptReason(checked.reason, checked.reasons)),
      note: checked.note === undefined ? stage.note : checked.note,
      mode: checked.mode === undefined ? stage.mode : (checked.mode ?? 'full'),
      allow: checked.allow === undefined ? stage.allow : (checked.allow?.ipAddresses ?? []),
      endsAt: given ?? defaultEnd(Math.max(start.startsAt ?? now, now), limits),
      announceFrom: isBefore(announceFrom, start.startsAt) ? announceFrom : null,
    };
    if (checked.reason !== undefined) checkReason(updated.reason, 'update.reason', limits);
    if (checked.startsAt !== undefined || checked.endsAt !== undefined) {
      checkWindow(updated.startsAt, updated.endsAt, now);
      checkDuration(updated.startsAt ?? began ?? now, updated.endsAt, limits);
    }
    return updated;
  });
}

/**
 * The change that moves the end on: of two that are made at once, both count.
 *
 * @param ms milliseconds, more than 0.
 * @throws MaintenanceOptionsError, MaintenanceWindowError
 */
export function extendBy(
  ms: number,
  options: Pick<UpdateOptions, 'scope' | 'by' | 'note'> = {},
): RecordChange {
  const { scope = null, by = null, note = null } = checkOption(extendOptions, { ...options, ms }, 'extend');
  return changeStage({ scope, by, note }, (stage, began, { now, limits }) => {
    if (stage.endsAt === null) {
      throw new MaintenanceWindowError(`${nameOf(scope)} has no end that could be moved: set endsAt.`);
    }
    const endsAt = parseDate(new Date(stage.endsAt + ms), 'endsAt');
    checkDuration(stage.startsAt ?? began ?? now, endsAt, limits);
    return { ...stage, endsAt };
  });
}

/** @param edit the new stage; it gets the present one, and since when that has been active (null: it is scheduled). */
function changeStage(
  { scope, by, note }: { scope: string | null; by: string | null; note: string | null },
  edit: (stage: RecordEntry, began: number | null, context: ChangeContext) => RecordEntry,
): RecordChange {
  return (record, context) => {
    const { now } = context;
    const stage = stageAt(entryOf(record, scope), now);
    const state = stateAt(stage, now);
    if (state === 'off') throw nothingIsOn(scope);
    const began = state === 'active' ? sinceOf(stage) : null;
    const edited = edit(stage, began, context);
    const entry = {
      ...edited,
      by: by ?? stage.by,
      updatedAt: now,
      since: began === edited.startsAt ? null : began,
      revision: record.revision + 1,
    };
    return changed(record, entry, entry, { action: 'updated', scope, by, note }, context);
  };
}

/** Another start for a stage. One that is active cannot be moved to later, which would open what is closed. */
function withStart(
  stage: RecordEntry,
  startsAt: number | null,
  now: number,
): Pick<RecordEntry, 'state' | 'startsAt'> {
  const isLater = startsAt !== null && startsAt > now;
  if (isLater && stateAt(stage, now) === 'active') {
    throw new MaintenanceWindowError(
      'startsAt is in the future, and maintenance is active already. To plan the next stage of it, use enable.',
    );
  }
  if (startsAt === stage.startsAt) return stage;
  return { state: isLater ? 'scheduled' : 'on', startsAt };
}

function isBefore(time: number | null, startsAt: number | null): boolean {
  return time !== null && startsAt !== null && time < startsAt;
}
