import type { MaintenanceEventType } from '../contracts/maintenance-event.js';
import type { MaintenanceStatus } from '../contracts/maintenance-status.js';
import { type RecordEntry, stateAt } from './maintenance-record.js';

/** What an entry means at a time, for those who ask. What is over says nothing but who set it, and when. */
export function statusOf(
  entry: RecordEntry,
  scope: string | null,
  { revision, stale }: { revision: number; stale: boolean },
  now: number,
): MaintenanceStatus {
  const state = stateAt(entry, now);
  const holds = state !== 'off';
  return {
    state,
    mode: holds ? entry.mode : 'full',
    scope,
    reason: holds ? entry.reason : null,
    startsAt: holds ? dateOf(entry.startsAt) : null,
    endsAt: holds ? dateOf(entry.endsAt) : null,
    by: entry.by,
    updatedAt: dateOf(entry.updatedAt),
    revision,
    stale,
  };
}

function dateOf(time: number | null): Date | null {
  return time === null ? null : new Date(time);
}

/** What has happened between two statuses of the same scope, as the types of the events that tell it. */
export function eventsBetween(before: MaintenanceStatus, after: MaintenanceStatus): MaintenanceEventType[] {
  if (before.state === after.state) return isSameSetting(before, after) ? [] : ['updated'];
  const types: MaintenanceEventType[] = [];
  if (before.state === 'active') types.push('deactivated');
  if (before.state === 'scheduled' && after.state === 'off') types.push('cancelled');
  if (after.state === 'active') types.push('activated');
  if (after.state === 'scheduled') types.push('scheduled');
  return types;
}

function isSameSetting(a: MaintenanceStatus, b: MaintenanceStatus): boolean {
  return (
    a.mode === b.mode &&
    a.reason === b.reason &&
    a.by === b.by &&
    a.startsAt?.getTime() === b.startsAt?.getTime() &&
    a.endsAt?.getTime() === b.endsAt?.getTime() &&
    a.updatedAt?.getTime() === b.updatedAt?.getTime()
  );
}

/** A status in words. Text of users stands in JSON quotes: a line break in a reason makes no second line in a log. */
export function describeStatus(status: MaintenanceStatus): string {
  const parts = [
    status.state,
    status.mode === 'read-only' ? 'read-only' : '',
    status.startsAt ? `from ${status.startsAt.toISOString()}` : '',
    status.endsAt ? `until ${status.endsAt.toISOString()}` : '',
    status.reason === null ? '' : `for ${quoted(status.reason)}`,
  ];
  return parts.filter((part) => part !== '').join(', ') + byWhom(status);
}

/** `, by "admin"` */
export function byWhom(status: MaintenanceStatus): string {
  return status.by === null ? '' : `, by ${quoted(status.by)}`;
}

/** In JSON quotes; what JSON lets through and a terminal or a log takes for a line break or a command is escaped too. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[\p{Cc}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
