import type { MaintenanceStatus } from '../interfaces/maintenance-status.js';

/** A status in words. Text from users is quoted as JSON, so that a line break in a reason makes no second line in a log. */
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

/** As JSON. Also escapes what JSON allows and a terminal or a log takes for a line break or a command. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[\p{Cc}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
