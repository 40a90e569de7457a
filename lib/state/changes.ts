import { createHash } from 'node:crypto';
import { MaintenanceOptionsError, MaintenanceWindowError } from '../errors.js';
import type {
  DisableOptions,
  EnableOptions,
  MaintenanceChangeVia,
  UpdateOptions,
} from '../interfaces/maintenance-status.js';
import { checkOption } from '../validation/values.js';
import {
  checkAnnouncement,
  checkDuration,
  checkReason,
  checkWindow,
  dateOrNull,
  defaultEnd,
  disableOptions,
  enableOptions,
  extendOptions,
  keptReason,
  type Limits,
  parseDate,
  updateOptions,
} from './change-options.js';
import { checkRoomForScopes, MAX_SECRETS } from './record-format.js';
import {
  entriesOf,
  entryOf,
  isPlanned,
  type IssuedSecret,
  type MaintenanceRecord,
  OFF_ENTRY,
  recordedChange,
  type RecordedChange,
  type RecordEntry,
  sinceOf,
  stageAt,
  stateAt,
  withEntry,
  withoutEnded,
} from './maintenance-record.js';

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
      'startsAt is in the future, and maintenance is active already. To plan its next stage, turn it on with that start.',
    );
  }
  if (startsAt === stage.startsAt) return stage;
  return { state: isLater ? 'scheduled' : 'on', startsAt };
}

function isBefore(time: number | null, startsAt: number | null): boolean {
  return time !== null && startsAt !== null && time < startsAt;
}

/** What a change needs to know beside the record. */
interface ChangeContext {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** By which way the change came, for the history. */
  readonly via: MaintenanceChangeVia;
  readonly limits: Limits;
}

/**
 * What a write does to the record. It may run more than once (after a lost race, on the new record), and throws to refuse. If
 * it returns the same object, nothing is written.
 */
export interface RecordChange {
  (record: MaintenanceRecord, context: ChangeContext): MaintenanceRecord;
}

/**
 * The record with another entry, and with that change in its history.
 *
 * @param stage that the change has set; the entry may have others.
 * @throws RecordParseError if there is no room for it.
 */
export function changed(
  record: MaintenanceRecord,
  entry: RecordEntry,
  stage: RecordEntry,
  change: Pick<RecordedChange, 'action' | 'scope' | 'by' | 'note'>,
  { now, via }: ChangeContext,
): MaintenanceRecord {
  const after = withEntry(record, change.scope, entry);
  const history = [
    ...record.history,
    recordedChange(record.revision + 1, stage, { ...change, at: now, via }),
  ];
  if (change.scope !== null && entry.state !== 'off') checkRoomForScopes(withoutEnded(after, now));
  return { ...after, history };
}

/** The error of a change of what is off. */
function nothingIsOn(scope: string | null): MaintenanceWindowError {
  return new MaintenanceWindowError(
    `${nameOf(scope)} is neither on nor scheduled, so there is nothing to change: turn it on instead.`,
  );
}

/** A scope in a sentence. */
function nameOf(scope: string | null): string {
  return scope === null ? 'Maintenance of the application' : `Maintenance of ${JSON.stringify(scope)}`;
}

/** An issued secret that is valid now. */
export interface ValidSecret {
  /** SHA-256 of it, base64url. */
  readonly hash: string;
  /** Whether it lets clients through what blocks this scope; null: the application. */
  readonly covers: (scope: string | null) => boolean;
}

/** The change that adds a bypass secret for what is on or scheduled now. */
export function addSecret(secret: string, by: string | null): RecordChange {
  // It is random and long, so its digest needs no salt.
  const hash = createHash('sha256').update(secret).digest('base64url');
  return (record, { now }) => {
    const on = entriesOf(record).filter(([, entry]) => stateAt(entry, now) !== 'off');
    if (on.length === 0) throw nothingIsOn(null);
    const valid = secretsSince(record, record, now);
    if (valid.length >= MAX_SECRETS) {
      throw new MaintenanceWindowError(
        `${MAX_SECRETS} bypass secrets are valid already, and no more can be issued until this maintenance ends: share one of them.`,
      );
    }
    const issued = { hash, by, at: now, scopes: on.map(([scope]) => scope) };
    const added = { ...record, secrets: [...valid, issued] };
    checkRoomForScopes(added);
    return added;
  };
}

/** The secrets of a record that follows another one. Each loses the scopes that are off in one of the two. */
export function secretsSince(
  record: MaintenanceRecord,
  before: MaintenanceRecord,
  now: number,
): readonly IssuedSecret[] {
  const isOn = (scope: string | null): boolean =>
    [before, record].every((either) => stateAt(entryOf(either, scope), now) !== 'off');
  return record.secrets
    .map((secret) => ({ ...secret, scopes: secret.scopes.filter(isOn) }))
    .filter(({ scopes }) => scopes.length > 0);
}

/** The secrets that are valid at a time. One for the application also covers scopes while that is active. */
export function validSecrets(record: MaintenanceRecord, now: number): readonly ValidSecret[] {
  const isActive = stateAt(record.application, now) === 'active';
  return secretsSince(record, record, now).map(({ hash, scopes }) => ({
    hash,
    covers: (scope) => scopes.includes(scope) || (isActive && scopes.includes(null)),
  }));
}
