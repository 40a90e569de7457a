import type { MaintenanceStatus } from '../interfaces/maintenance-status.js';

/** A status in words: `active, full, until ..., for "...", by "..."`. */
export function describeStatus(status: MaintenanceStatus): string {
  return status.state === 'off' ? `off${byWhom(status)}` : `${status.state}, ${describeSetting(status)}`;
}

/** What is set, in words: `full, until ..., for "...", by "..."`. */
export function describeSetting(status: MaintenanceStatus): string {
  const parts = [
    status.mode,
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

/** ` of "billing"`; nothing for the whole application. */
export function ofScope(scope: string | null): string {
  return scope === null ? '' : ` of ${quoted(scope)}`;
}

/**
 * Text of users as JSON, so that a line break in a reason makes no second line in a log. Also escapes what JSON allows and a
 * terminal or a log takes for a line break or a command.
 */
export function quoted(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[\p{Cc}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
