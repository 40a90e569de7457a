import { hostname } from 'node:os';
import { pid } from 'node:process';
import type { MaintenanceStatus } from '../interfaces/maintenance-status.js';
import { reasonFor } from '../response/reason-in-language.js';
import { entryOf, lastChangeOf } from '../state/maintenance-record.js';
import { scopeName } from '../validation/check.js';
import { stateAt } from '../state/stages.js';
import type { AppliedChange } from '../state/state-writer.js';
import type { AdminItem } from './admin-view.js';
import type { ToggleAction, ToggleBody } from './toggle.js';

/** Names this process, for those who have to tell one instance from another. */
export const INSTANCE = `${hostname()}:${pid}`;

type PublicStatus = Pick<
  MaintenanceStatus,
  'state' | 'mode' | 'reason' | 'startsAt' | 'endsAt' | 'announced'
>;

const OFF: PublicStatus = {
  state: 'off',
  mode: 'full',
  reason: null,
  startsAt: null,
  endsAt: null,
  announced: false,
};

/** The items with their reasons in the language of the client, and the header that says if they depend on it. */
export function inLanguage(
  items: readonly AdminItem[],
  acceptLanguage: string | undefined,
): { readonly items: readonly AdminItem[]; readonly vary: Readonly<Record<string, string>> } {
  if (items.every(({ status }) => status.reasons === null)) return { items, vary: {} };
  const inOne = (status: MaintenanceStatus): MaintenanceStatus => ({
    ...status,
    reason: reasonFor(status, acceptLanguage).text,
  });
  return {
    items: items.map((item) => ({ ...item, status: inOne(item.status) })),
    vary: { Vary: 'Accept-Language' },
  };
}

/** The members that anyone may see: no names. */
function publicStatus({ state, mode, reason, startsAt, endsAt, announced }: PublicStatus): PublicStatus {
  return { state, mode, reason, startsAt, endsAt, announced };
}

/**
 * The status of the application, and that of each scope that is not off.
 *
 * @param isDetailed for superusers: each with all that it takes to set it again.
 */
export function wholeStatus(items: readonly AdminItem[], isDetailed: boolean): object {
  const shown = items.map((item) => ({
    ...scopeStatus(item.status),
    ...(isDetailed && details(item, items)),
  }));
  const { scope: _, ...application } = shown[0] ?? { ...OFF, scope: null };
  return { ...application, scopes: shown.filter(({ scope }) => scope !== null) };
}

/** The status of one scope alone. @throws InvalidValue for what is not the name of a scope. */
export function oneScopeStatus(items: readonly AdminItem[], name: string, isDetailed: boolean): object {
  const scope = scopeName(name, 'scope');
  const item = items.find(({ status }) => status.scope === scope);
  if (item === undefined) return scopeStatus({ ...OFF, scope });
  return { ...scopeStatus(item.status), ...(isDetailed && details(item, items)) };
}

/** What superusers see beside the public members. `setIn` tells apart two settings that look the same. */
function details(
  { status, note, allow, announceFrom, since, setIn, isNext }: AdminItem,
  items: readonly AdminItem[],
): object {
  const next = isNext ? undefined : items.find((item) => item.isNext && item.status.scope === status.scope);
  return {
    reasons: status.reasons,
    note,
    allow: allow.length === 0 ? null : { ipAddresses: allow },
    announceFrom,
    since,
    setIn,
    next: next === undefined ? null : { ...publicStatus(next.status), ...details(next, items) },
  };
}

function scopesIn(list: readonly MaintenanceStatus[]): readonly object[] {
  return list.filter(({ scope }) => scope !== null).map(scopeStatus);
}

function scopeStatus(
  status: PublicStatus & Pick<MaintenanceStatus, 'scope'>,
): PublicStatus & Pick<MaintenanceStatus, 'scope'> {
  return { scope: status.scope, ...publicStatus(status) };
}

/** What a POST has changed: the status of its scope, what else is on, and a sentence that names them. */
export function changeBody(
  action: ToggleAction,
  { options: { scope = null, all = false } }: ToggleBody,
  { before, after }: AppliedChange,
  list: readonly MaintenanceStatus[],
): object {
  const status = list.find((candidate) => candidate.scope === scope) ?? { ...OFF, scope };
  const others = list.filter((candidate) => candidate.scope !== scope && candidate.state !== 'off');
  const now = Date.now();
  const previous = stateAt(entryOf(before, scope), now);
  const sentences = [
    all
      ? 'Maintenance of the application and of every scope is off.'
      : `Maintenance of ${nameOf(scope)} is ${wordOf(status)}.`,
    action === 'on' &&
      previous !== 'off' &&
      `It was ${previous === 'active' ? 'on' : 'scheduled'} already: what was set before is replaced.`,
    action === 'off' && !all && previous === 'off' && notOn(scope, before),
    others.length > 0 && `Still on or scheduled: ${others.map((other) => nameOf(other.scope)).join(', ')}.`,
  ];
  return {
    ...scopeStatus(status),
    revision: after.revision,
    scopes: scopesIn(list),
    message: sentences.filter((sentence) => sentence !== false).join(' '),
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
