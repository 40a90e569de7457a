import type { DisableOptions, MaintenanceChange } from '../interfaces/maintenance-status.js';
import { quoted } from '../state/state-log.js';
import { suggestion } from './option-table.js';
import { type Change, type KnownStatus, type Statuses, statusOfScope, type Target } from './target.js';
import { spanInWords } from './terminal.js';

type Scope = string | null | undefined;

/** The answer of `on`, `update` and `extend`. */
export function changeAnswer({ before, after }: Change, scope: Scope, target: Target): string[] {
  const present = statusesOf(after, scope);
  const [first] = present;
  return [
    ...(present.length === 0 ? [sentence(offStatus(scope))] : present.map(sentence)),
    ...replaced(statusesOf(before, scope), present),
    ...(first !== undefined && first.endsAt === null && present.length === 1 ? [NO_END] : []),
    ...elsewhere(after, scope),
    ...place(target),
  ];
}

export const NO_END = 'It has no end: it stays on until it is turned off.';

/**
 * The answer of `off`.
 *
 * @param hint for a scope that was never on.
 */
export function offAnswer(
  { before, after }: Change,
  { scope, all = false }: DisableOptions,
  hint: string | null,
  target: Target,
): string[] {
  const was = all ? before.filter(isOn) : statusesOf(before, scope);
  return [
    all ? 'Maintenance of the whole application and of every scope is off.' : sentence(offOr(after, scope)),
    ...(hint === null ? wasBefore(before, was, all ? inParentheses : inWords) : [hint]),
    ...elsewhere(after, all ? null : scope),
    ...place(target),
  ];
}

/** Nothing if that is not known: the stored text could not be parsed, and was replaced. */
function wasBefore(before: Statuses, was: Statuses, words: (status: KnownStatus) => string): string[] {
  if (before.length === 0) return [];
  return [was.length === 0 ? 'It was off before.' : `Before: ${was.map(words).join('; ')}.`];
}

/**
 * The answer of `status`.
 *
 * @param hint for a scope that was never on.
 */
export function statusAnswer(
  statuses: Statuses,
  scope: Scope,
  hint: string | null,
  target: Target,
): string[] {
  const deciding = decidingScope(statuses, scope);
  const present = statusesOf(statuses, deciding);
  return [
    ...(present.length === 0 ? [sentence(offStatus(deciding))] : present.map(sentence)),
    ...(hint === null ? [] : [hint]),
    ...(target.forcedBy === null ? [] : [`It is forced by ${target.forcedBy}.`]),
    ...(statuses[0]?.stale === true ? ['This is the last known state: the storage did not answer.'] : []),
    ...elsewhere(statuses, deciding),
    ...place(target),
  ];
}

/** The answer of `list`: a line for each. */
export function listAnswer(statuses: Statuses, target: Target): string[] {
  const [application, ...others] = statuses;
  return [...(application ? [named(application)] : []), ...others.map(named), ...place(target)];
}

/** A line for each change, the newest first. */
export function historyAnswer(changes: readonly MaintenanceChange[], target: Target): string[] {
  return [...(changes.length === 0 ? ['No change is recorded.'] : changes.map(changeLine)), ...place(target)];
}

/** Said of a scope that is off and not in the history. */
export function neverOn(
  scope: string,
  statuses: Statuses,
  changes: readonly MaintenanceChange[],
): string | null {
  const known = new Set(
    [...statuses, ...changes].map((entry) => entry.scope).filter((name) => name !== null),
  );
  if (known.has(scope)) return null;
  const near = suggestion(scope, [...known]);
  return `As far as the history goes, the scope ${quoted(scope)} was never on${near || '.'}`;
}

/** The application's own if it is active, since it covers every scope. */
export function decidingStatus(statuses: Statuses, scope: Scope): KnownStatus {
  return offOr(statuses, decidingScope(statuses, scope));
}

/** What is unusual about a place, and its name. */
function place(target: Target): string[] {
  return [...target.remarks, target.label];
}

/** `active, read-only, since ... until ..., for "...", by "..."` */
function inWords(status: KnownStatus): string {
  const { state, mode, since, startsAt, endsAt, announced, reason, by } = status;
  if (state === 'off') return 'off';
  const parts = [
    state,
    mode,
    state === 'active' && since ? `since ${time(since)}` : '',
    state === 'scheduled' && startsAt ? `from ${time(startsAt)}` : '',
    endsAt ? `until ${time(endsAt)}` : '',
    announced ? 'announced to visitors' : '',
    reason === null ? '' : `for ${quoted(reason)}`,
    by === null ? '' : `by ${quoted(by)}`,
  ];
  return parts.filter((part) => part !== '').join(', ');
}

function sentence(status: KnownStatus): string {
  return `Maintenance of ${scopeName(status.scope)} is ${inWords(status)}.`;
}

function named(status: KnownStatus): string {
  return `${scopeName(status.scope)}: ${inWords(status)}`;
}

function inParentheses(status: KnownStatus): string {
  return `${scopeName(status.scope)} (${inWords(status)})`;
}

export function scopeName(scope: Scope): string {
  return scope === null || scope === undefined ? 'the whole application' : `the scope ${quoted(scope)}`;
}

function toSeconds(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}

/** In UTC, and how far it is from now. */
function time(date: Date): string {
  const ms = date.getTime() - Date.now();
  const span = spanInWords(ms);
  const distance = Math.abs(ms) < 1_000 ? 'now' : ms < 0 ? `${span} ago` : `in ${span}`;
  return `${toSeconds(date)} (${distance})`;
}

function replaced(before: Statuses, after: Statuses): string[] {
  const gone = before.filter((status) => !after.some((other) => isSame(status, other)));
  return gone.length === 0 ? [] : [`Before: ${gone.map(inWords).join('; ')}.`];
}

function isSame(a: KnownStatus, b: KnownStatus): boolean {
  return keyOf(a) === keyOf(b);
}

function keyOf({ state, mode, reason, startsAt, endsAt, by, updatedAt }: KnownStatus): string {
  return JSON.stringify([state, mode, reason, startsAt, endsAt, by, updatedAt]);
}

function elsewhere(statuses: Statuses, scope: Scope): string[] {
  const others = statuses.filter((status) => status.scope !== (scope ?? null) && isOn(status));
  return others.length === 0 ? [] : [`Also on: ${others.map(inParentheses).join('; ')}.`];
}

function changeLine(change: MaintenanceChange): string {
  const { at, action, scope, by, via, mode, reason, note, startsAt, endsAt } = change;
  // What a run has restored may be nothing, of which the mode says nothing.
  const isSetting = action === 'on' || action === 'updated' || mode === 'read-only';
  const parts = [
    `${toSeconds(at)}  ${scopeName(scope)}: ${action === 'restored' ? 'what was before run is restored' : action}`,
    isSetting ? mode : '',
    startsAt ? `from ${toSeconds(startsAt)}` : '',
    endsAt ? `until ${toSeconds(endsAt)}` : '',
    reason === null ? '' : `for ${quoted(reason)}`,
    note === null ? '' : `note ${quoted(note)}`,
    by === null ? '' : `by ${quoted(by)}`,
    `via ${via}`,
  ];
  return parts.filter((part) => part !== '').join(', ');
}

function statusesOf(statuses: Statuses, scope: Scope): Statuses {
  return statuses.filter((status) => status.scope === (scope ?? null) && isOn(status));
}

function isOn({ state }: KnownStatus): boolean {
  return state !== 'off';
}

function decidingScope(statuses: Statuses, scope: Scope): Scope {
  return statusOfScope(statuses, null)?.state === 'active' ? null : scope;
}

function offOr(statuses: Statuses, scope: Scope): KnownStatus {
  return statusOfScope(statuses, scope) ?? offStatus(scope);
}

function offStatus(scope: Scope): KnownStatus {
  return {
    state: 'off',
    mode: 'full',
    scope: scope ?? null,
    reason: null,
    reasons: null,
    startsAt: null,
    endsAt: null,
    announced: false,
    by: null,
    updatedAt: null,
    revision: 0,
    stale: false,
    since: null,
  };
}
