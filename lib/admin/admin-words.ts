import type { MaintenanceChange, MaintenanceStatus } from '../interfaces/maintenance-status.js';
import { markup, type Markup, utc } from '../response/html.js';

/** The look and the words of a state. */
export type Look = 'off' | 'planned' | 'limited' | 'on';

export function lookOf({ state, mode }: MaintenanceStatus): Look {
  if (state === 'off') return 'off';
  if (state === 'scheduled') return 'planned';
  return mode === 'read-only' ? 'limited' : 'on';
}

/** One or two words, beside the name of what they are about. */
export function stateWord({ state, mode, announced }: MaintenanceStatus): string {
  if (state === 'off') return 'Off';
  if (state === 'scheduled') return announced ? 'Announced' : 'Scheduled';
  return mode === 'read-only' ? 'Read-only' : 'On';
}

/** What the state means for visitors. */
export function meaning({ state, mode, announced, scope }: MaintenanceStatus): string {
  const part = scope === null ? 'the application' : 'this part of the application';
  if (state === 'off') return `Everyone can use ${part}.`;
  if (state === 'active') {
    return mode === 'read-only'
      ? `Visitors can read ${part}, and change nothing.`
      : `Visitors get the maintenance page instead of ${part}.`;
  }
  const then =
    mode === 'read-only'
      ? 'Then visitors can read, and change nothing.'
      : 'Then visitors get the maintenance page.';
  return `${announced ? 'Visitors are told about it.' : 'Visitors are not told yet.'} ${then}`;
}

/** The heading for the state of the whole application. */
export function stateTitle({ state, mode, announced }: MaintenanceStatus): string {
  if (state === 'off') return 'Maintenance is off';
  if (state === 'scheduled') return announced ? 'Maintenance is announced' : 'Maintenance is planned';
  return mode === 'read-only' ? 'Read-only maintenance is on' : 'Maintenance is on';
}

export function nameOf(scope: string | null): string {
  return scope ?? 'The whole application';
}

export function modeWord(mode: MaintenanceStatus['mode']): string {
  return mode === 'read-only' ? 'read-only maintenance' : 'full maintenance';
}

/** A time in UTC with its distance beside; the script of the page shows both as they are where the browser is. */
export function timeWithDistance(date: Date, now: Date): Markup {
  return markup`${time(date)} <span class="quiet" data-distance="${date.toISOString()}">(${distance(date, now)})</span>`;
}

export function time(date: Date): Markup {
  const iso = date.toISOString();
  return markup`<time datetime="${iso}">${utc(iso)}</time>`;
}

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;

/** `in 25 minutes`, `3 hours ago`, `now` */
export function distance(date: Date, now: Date): string {
  const seconds = (date.getTime() - now.getTime()) / 1000;
  const [unit, size] =
    UNITS.find(([, size]) => Math.abs(seconds) >= size * 1.5) ?? (Math.abs(seconds) < 45 ? [] : UNITS[2]);
  return unit === undefined || size === undefined ? 'now' : relative.format(Math.round(seconds / size), unit);
}

/** What a change of the past did: `turned on read-only maintenance of checkout`. */
export function changeWords({ action, scope, mode, startsAt, at }: MaintenanceChange): string {
  const what = scope === null ? 'the application' : scope;
  switch (action) {
    case 'on':
      return `${startsAt !== null && startsAt > at ? 'planned' : 'turned on'} ${modeWord(mode)} of ${what}`;
    case 'off':
      return `turned off maintenance of ${what}`;
    case 'updated':
      return `changed the maintenance of ${what}`;
    case 'restored':
      return `restored what was set for ${what} before a run`;
  }
}

const VIA = {
  route: 'over HTTP',
  cli: 'on the command line',
  service: 'by the service',
  storage: 'in the storage',
};

/** By which way a change came. */
export function viaWords(via: MaintenanceChange['via']): string {
  return VIA[via];
}

export function joined(parts: readonly Markup[]): Markup {
  return markup.trusted(parts.map(({ html }) => html).join(''));
}
