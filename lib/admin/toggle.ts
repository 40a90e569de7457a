import { ForbiddenException } from '@nestjs/common';
import type {
  DisableOptions,
  MaintenanceReasons,
  MaintenanceStatus,
  UpdateOptions,
} from '../interfaces/maintenance-status.js';
import { type RecordChange, turnOff, turnOn, update } from '../state/changes.js';
import { entryOf, lastChangeOf, stateAt } from '../state/maintenance-record.js';
import { givenReason, MAX_NAME_LENGTH, reasonsByLanguage } from '../state/change-options.js';
import {
  boolean,
  type Check,
  describe,
  InvalidValue,
  is,
  listOf,
  nullable,
  object,
  oneOf,
  scopeName,
  string,
} from '../validation/values.js';
import { type AppliedChange, replaceable, StateWriter } from '../state/state-writer.js';
import { issueToken, isValidToken, signingKey } from './access.js';
import type { RouteCall } from './route-replies.js';
import { OFF, type PublicStatus, scopeStatus } from './status-body.js';

export type ToggleAction = 'on' | 'off' | 'update';

/** The parsed body of a POST to a toggle route. */
export interface ToggleBody {
  readonly options: Omit<UpdateOptions & DisableOptions, 'by'>;
  readonly token: string | undefined;
}

const text = string();
const setting = {
  scope: scopeName,
  mode: oneOf('full', 'read-only'),
  reason: givenReason,
  note: text,
  startsAt: text,
  endsAt: text,
  announceFrom: text,
  allow: object({ ipAddresses: listOf(text) }),
};
const settingOff = { scope: scopeName, all: boolean, note: text };
const ofConfirmPage = { token: nullable(text) };

const asIs: Check<unknown> = (value) => value;

/** Members that only a status has: it can be posted back. */
const ofStatus = {
  state: is(
    '"scheduled" or "active", since what is off is turned off with /off',
    (state): state is string => state === 'scheduled' || state === 'active',
  ),
  reasons: nullable(reasonsByLanguage),
  announced: asIs,
  scopes: asIs,
  revision: asIs,
  stale: asIs,
  inFlight: asIs,
  instance: asIs,
  since: asIs,
  setIn: asIs,
  next: is('the next stage of a status', (next): next is object | null => typeof next === 'object'),
  message: asIs,
  warning: asIs,
};

const turnedOn = object({ ...nullables(setting), ...ofConfirmPage, ...ofStatus }, Object.keys(setting));

const MEMBERS = {
  on: turnedOn,
  update: turnedOn,
  off: object({ ...nullables(settingOff), ...ofConfirmPage }, Object.keys(settingOff)),
};

interface SentReason {
  readonly [member: string]: unknown;
  readonly reason?: UpdateOptions['reason'];
  readonly reasons?: MaintenanceReasons | null;
}

/** @throws InvalidValue that names the wrong member. */
export function parseToggleBody(action: ToggleAction, call: RouteCall): ToggleBody {
  const { token, ...members } = MEMBERS[action](sentMembers(call), '');
  const options = Object.fromEntries(
    Object.entries(members).filter(
      // For what is turned on or off, null and absent are the same. An update takes a member back to its default.
      ([name, value]) => !Object.hasOwn(ofStatus, name) && (value !== null || action === 'update'),
    ),
  );
  return { options: { ...options, ...givenBack(members) }, token: token ?? undefined };
}

/** The texts in all languages of a status that is posted back: it shows one of them as its reason. Another one replaces them. */
function givenBack({ reason, reasons }: SentReason): Pick<UpdateOptions, 'reason'> {
  if (reasons && (reason === undefined || reason === null)) {
    throw new InvalidValue('reasons', 'a reason beside them; send texts by language as reason', 'none');
  }
  const isOneOf = reasons && typeof reason === 'string' && Object.values(reasons).includes(reason);
  return isOneOf ? { reason: reasons } : {};
}

/**
 * The members of a body. A form has text only, and also sends the fields that were left empty: these count as absent.
 *
 * @throws InvalidValue for a body that the application has not parsed, which must not count as an empty one.
 */
function sentMembers({ facts: { headers }, body }: RouteCall): unknown {
  if (body === undefined || body === null) {
    const isSent = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
    if (!isSent) return {};
    throw new InvalidValue('body', 'JSON or a form', describe(headers['content-type'] ?? 'no content type'));
  }
  if (typeof body !== 'object' || !isForm(headers['content-type'])) return body;
  const sent = Object.entries(body).filter(([, value]) => value !== '');
  return Object.fromEntries(sent.map(([name, value]) => [name, fromForm(name, value)]));
}

export function isForm(contentType: string | undefined): boolean {
  return /^application\/x-www-form-urlencoded\b/i.test(contentType ?? '');
}

function fromForm(name: string, value: unknown): unknown {
  // By language only in JSON: not every parser of forms makes objects.
  if (name === 'reason') return withPlainNewlines(text(value, name));
  if (typeof value !== 'string') return value;
  if (name === 'allow') return { ipAddresses: addressList(value) };
  if (name === 'all') return value === 'true' ? true : value === 'false' ? false : value;
  return withPlainNewlines(value);
}

/** Browsers send the line breaks of a text area as CR LF. */
export function withPlainNewlines(typed: string): string {
  return typed.replaceAll('\r\n', '\n');
}

/** Addresses that were typed, with commas or spaces between them. */
export function addressList(typed: string): string[] {
  return typed.split(/[\s,]+/).filter((address) => address !== '');
}

type Nullables<S extends Record<string, Check<unknown>>> = {
  [K in keyof S]: S[K] extends Check<infer T> ? Check<T | null> : never;
};

/** Null: not set. */
function nullables<S extends Record<string, Check<unknown>>>(shape: S): Nullables<S> {
  const entries = Object.entries(shape).map(([name, check]) => [name, nullable(check)]);
  return Object.fromEntries(entries) as Nullables<S>;
}

const CHANGES = { on: turnOn, off: turnOff, update };

/**
 * Turns maintenance on or off, or updates it, for a superuser.
 *
 * @throws ForbiddenException for an invalid or expired token, and the errors of `MaintenanceService.enable`.
 */
export async function applyToggle(
  writer: StateWriter,
  action: ToggleAction,
  { options, token }: ToggleBody,
  by: string,
): Promise<AppliedChange> {
  const change = CHANGES[action]({ ...options, ...author(by) });
  const checked = token === undefined ? change : withToken(token, action, by, change);
  const replaces = action === 'update' ? 'nothing' : replaceable(options.scope);
  return writer.update(checked, { via: 'route', replaces });
}

/**
 * A token for the confirm page. Makes sure that the record has a key, so that every instance knows it. Null if the stored
 * text does not parse, so that there is no key: the POST replaces that text, and needs no token.
 */
export async function toggleToken(
  writer: StateWriter,
  action: ToggleAction,
  user: string,
): Promise<string | null> {
  const signing = await signingKey(writer);
  return signing && issueToken(signing.key, { action, user, revision: signing.revision }, Date.now());
}

/** Who makes a change; a user without a name is not named. */
export function author(name: string): { by?: string } {
  return name === '' ? {} : { by: name.slice(0, MAX_NAME_LENGTH) };
}

/** Checks the token as part of the change, so that only one of two requests with the same token succeeds. */
function withToken(token: string, action: ToggleAction, user: string, change: RecordChange): RecordChange {
  return (record, context) => {
    const { key, revision } = record;
    if (key !== null && isValidToken(token, key, { action, user, revision }, context.now))
      return change(record, context);
    throw new ForbiddenException(
      'This confirmation is not valid any more: it is older than ten minutes, or the state has changed. Open the page again.',
    );
  };
}

/**
 * What a POST has changed: the status of its scope, what else is on, a sentence that names them, and what looks like a mistake.
 *
 * @param scopesInCode the names in `@MaintenanceScope()` of the application.
 */
export function changeBody(
  action: ToggleAction,
  { options: { scope = null, all = false } }: ToggleBody,
  { before, after }: AppliedChange,
  list: readonly MaintenanceStatus[],
  scopesInCode: () => ReadonlySet<string>,
): object {
  const status = list.find((candidate) => candidate.scope === scope) ?? { ...OFF, scope };
  const others = list.filter((candidate) => candidate.scope !== scope && candidate.state !== 'off');
  const now = Date.now();
  const previous = stateAt(entryOf(before, scope), now);
  const warning =
    action === 'on' && scope !== null && !scopesInCode().has(scope)
      ? 'No handler of this application has this scope: look at the name.'
      : null;
  const sentences = [
    all
      ? 'Maintenance of the application and of every scope is off.'
      : `Maintenance of ${nameOf(scope)} is ${wordOf(status)}.`,
    action === 'on' &&
      previous !== 'off' &&
      `It was ${previous === 'active' ? 'on' : 'scheduled'} already: what was set before is replaced.`,
    warning,
    action === 'off' && !all && previous === 'off' && notOn(scope, before),
    others.length > 0 && `Still on or scheduled: ${others.map((other) => nameOf(other.scope)).join(', ')}.`,
  ];
  return {
    ...scopeStatus(status),
    revision: after.revision,
    scopes: list.filter((one) => one.scope !== null).map(scopeStatus),
    message: sentences.filter(Boolean).join(' '),
    warning,
  };
}

function notOn(scope: string | null, before: AppliedChange['before']): string {
  return scope !== null && lastChangeOf(before, scope) === undefined
    ? 'It was not on, and no change of it is known: look at the name.'
    : 'It was off already.';
}

function wordOf({ state, mode, startsAt }: PublicStatus): string {
  if (state === 'off') return 'off';
  if (state === 'scheduled') return `scheduled from ${startsAt?.toISOString() ?? ''}`;
  return mode === 'read-only' ? 'on (read-only)' : 'on';
}

function nameOf(scope: string | null): string {
  return scope === null ? 'the application' : JSON.stringify(scope);
}
