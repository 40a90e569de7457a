import type { RoutesEntry, RoutesStatus } from './routes-answer.js';

/** What is set for the application or for a scope, as the routes show it. */
export type Setting = RoutesEntry;

/**
 * What an answer says of a scope; null if it is not in it, so that it is off.
 *
 * @param setIn the revision of the change that the answer belongs to.
 */
export function settingOf(
  { entries }: RoutesStatus,
  scope: string | null,
  setIn: number | null = null,
): Setting | null {
  const entry = entries.find(({ status }) => status.scope === scope) ?? null;
  if (entry === null || setIn === null) return entry;
  return { ...entry, details: { note: null, allow: [], announceFrom: null, since: null, setIn } };
}

export function isOff(setting: Setting | null): boolean {
  return setting === null || setting.status.state === 'off';
}

export function isSameText(a: Setting | null, b: Setting | null): boolean {
  return a?.status.mode === b?.status.mode && a?.status.reason === b?.status.reason;
}

/** Whether both begin and end at the same time; what has begun may have been set with a start or without. */
export function isSameWindow(a: Setting | null, b: Setting | null): boolean {
  return JSON.stringify(windowOf(a)) === JSON.stringify(windowOf(b));
}

function windowOf(setting: Setting | null): unknown {
  if (setting === null) return null;
  const { startsAt, endsAt } = setting.status;
  const begins = startsAt !== null && startsAt.getTime() > Date.now() ? startsAt : null;
  return [begins, endsAt];
}

/** The body of a POST that sets it again. */
export function settingBody({ status, details }: Setting): object {
  const { reason, reasons, mode, startsAt, endsAt } = status;
  const { note = null, allow = [], announceFrom = null } = details ?? {};
  const isLater = startsAt !== null && startsAt.getTime() > Date.now();
  const members = {
    reason: reasons ?? reason,
    mode,
    startsAt,
    endsAt,
    note,
    announceFrom: isLater ? announceFrom : null,
    allow: allow.length === 0 ? null : { ipAddresses: allow },
  };
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null));
}
