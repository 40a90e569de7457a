import { MaintenanceWindowError } from '../errors.js';
import type { EnableOptions, UpdateOptions } from '../interfaces/maintenance-status.js';
import { addSecret, extendBy, type RecordChange, turnOff, turnOn, update } from '../state/changes.js';
import { describe, InvalidValue, is, mapOf, oneOf, scopeName, string } from '../validation/values.js';
import { dateOf, entryOf, type RecordEntry, stageAt, stateAt } from '../state/maintenance-record.js';
import { OTHER_SCOPE } from './admin-page-forms.js';
import { ADMIN_ACTIONS, type AdminAction, EXTEND_MS } from './admin-view.js';
import { comparable, fieldTime } from './page-parts.js';
import type { RouteCall } from './route-replies.js';
import { addressList, author, isForm, withPlainNewlines } from './toggle.js';

const FIELDS =
  'action token revision was confirmed edit scope newScope mode begin startsAt announceFrom lasts endsAt reason note allow'.split(
    ' ',
  );
const fieldName = is(`one of ${FIELDS.join(', ')}`, (name): name is string =>
  FIELDS.includes(name as string),
);

/** A form of the admin page as it was sent. */
export interface AdminForm {
  readonly action: AdminAction;
  /** Of the page; NaN if it names none. */
  readonly revision: number;
  readonly token: string;
  /** Everything that was typed or chosen. */
  readonly fields: Readonly<Record<string, string>>;
}

/** @throws InvalidValue for anything but a form of this page. */
export function parseAdminForm({ facts: { headers }, body }: RouteCall): AdminForm {
  if (!isForm(headers['content-type']) || body === undefined)
    throw new InvalidValue(
      'body',
      'a form of the admin page',
      describe(headers['content-type'] ?? 'nothing'),
    );
  const sent = mapOf(fieldName, string())(body, '');
  const action = oneOf(...ADMIN_ACTIONS)(sent.get('action'), 'action');
  const members = [...sent].map(([name, value]) => [name, withPlainNewlines(value)]);
  const {
    token = '',
    revision = '',
    action: _,
    ...fields
  } = Object.fromEntries(members) as Record<string, string>;
  return { action, token, revision: /^\d{1,16}$/.test(revision) ? Number(revision) : NaN, fields };
}

/** The scope that a form is about; null: the application. @throws InvalidValue */
export function scopeOf({ fields }: AdminForm): string | null {
  const { scope = '', newScope = '' } = fields;
  if (scope === '') return null;
  return scopeName(scope === OTHER_SCOPE ? newScope.trim() : scope, 'scope');
}

/**
 * The change that a form asks for. It throws the errors of the service.
 *
 * @param secret for a bypass link.
 * @throws InvalidValue, MaintenanceOptionsError, MaintenanceWindowError
 */
export function changeOf(form: AdminForm, by: string, secret: string): RecordChange {
  const scope = scopeOf(form);
  const who = { scope, ...author(by) };
  switch (form.action) {
    case 'on':
      return turnOn({ ...turnOnOptions(form), ...who });
    case 'update':
      return (record, context) => {
        const stage = stageAt(entryOf(record, scope), context.now);
        const options = updateOptions(form, stage, context.now);
        const isOff = stateAt(stage, context.now) === 'off';
        return Object.keys(options).length === 0 && !isOff
          ? record
          : update({ ...options, ...who })(record, context);
      };
    case 'extend':
      return extendBy(EXTEND_MS, who);
    case 'off':
      return turnOff(who);
    case 'off-all':
      return turnOff({ all: true, ...author(by) });
    case 'bypass':
      return addSecret(secret, by === '' ? null : by);
  }
}

/** Minutes that maintenance lasts from its start; null: it has another end, or none. */
export function minutesOf({ fields: { lasts = 'off' } }: AdminForm): number | null {
  return /^\d{1,4}$/.test(lasts) ? Number(lasts) : null;
}

function turnOnOptions(form: AdminForm): EnableOptions {
  const { begin, lasts, reason, note, mode, allow = '' } = filled(form);
  const startsAt = begin === 'at' ? timeOf(form, 'startsAt', 'Say when it begins.') : null;
  const minutes = minutesOf(form);
  const start = startsAt === null ? Date.now() : Date.parse(startsAt);
  const end = minutes === null || Number.isNaN(start) ? null : new Date(start + minutes * 60_000);
  const addresses = addressList(allow);
  return {
    startsAt,
    endsAt: lasts === 'until' ? timeOf(form, 'endsAt', 'Say when it ends.') : end,
    ...(begin === 'at' && { announceFrom: timeOf(form, 'announceFrom') }),
    reason: reason ?? null,
    note: note ?? null,
    mode: oneOf('full', 'read-only')(mode ?? 'full', 'mode'),
    ...(addresses.length > 0 && { allow: { ipAddresses: addresses } }),
  };
}

/**
 * What differs from what is set: an empty field takes a member away. A time that was not touched has lost its seconds only, and
 * a reason that was not touched keeps its texts in other languages.
 *
 * @throws MaintenanceWindowError for another start that is not in the future: it would turn maintenance on without a question.
 */
function updateOptions(form: AdminForm, stage: RecordEntry, now: number): UpdateOptions {
  const { reason, note, mode, allow = '' } = filled(form);
  const isChanged = (name: string, present: string): boolean => {
    const { [name]: typed } = form.fields;
    return typed !== undefined && comparable(typed) !== comparable(present);
  };
  const startsAt = timeOf(form, 'startsAt');
  const movesStart = isChanged('startsAt', fieldTime(dateOf(stage.startsAt)));
  if (movesStart && (startsAt === null || Date.parse(startsAt) <= now)) {
    throw new MaintenanceWindowError(
      'Say when it begins, at a time in the future. To turn it on at once, use "Turn on or plan something else": that asks first.',
    );
  }
  return {
    ...(isChanged('reason', stage.reason ?? '') && { reason: reason ?? null }),
    ...(isChanged('note', stage.note ?? '') && { note: note ?? null }),
    ...(isChanged('mode', stage.mode) && { mode: oneOf('full', 'read-only')(mode ?? 'full', 'mode') }),
    ...(isChanged('allow', stage.allow.join(', ')) && { allow: { ipAddresses: addressList(allow) } }),
    ...(movesStart && { startsAt }),
    ...(isChanged('endsAt', fieldTime(dateOf(stage.endsAt))) && { endsAt: timeOf(form, 'endsAt') }),
  };
}

/** The fields that are not empty. */
function filled({ fields }: AdminForm): Partial<Record<string, string>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value.trim() !== ''));
}

/** Without the script, the time of a field is in UTC, and says nothing about it. */
function timeOf(form: AdminForm, name: string, whenEmpty?: string): string | null {
  const { [name]: typed } = filled(form);
  if (typed === undefined && whenEmpty !== undefined) throw new MaintenanceWindowError(whenEmpty);
  if (typed === undefined) return null;
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/.test(typed) ? `${typed}Z` : typed;
}
