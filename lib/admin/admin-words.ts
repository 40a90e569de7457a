import type { MaintenanceChange, MaintenanceStatus } from '../interfaces/maintenance-status.js';
import { markup, type Markup } from '../response/html.js';
import { isolated } from './lists.js';

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

export function scopeTitle(scope: string | null): Markup | string {
  return scope === null ? 'The whole application' : isolated(scope);
}

export function modeWord(mode: MaintenanceStatus['mode']): string {
  return mode === 'read-only' ? 'read-only maintenance' : 'full maintenance';
}

/** What a change of the past did: `turned on read-only maintenance of checkout`. */
export function changeWords({ action, scope, mode, startsAt, at }: MaintenanceChange): Markup {
  const what = scope === null ? 'the application' : isolated(scope);
  switch (action) {
    case 'on':
      return markup`${startsAt !== null && startsAt > at ? 'planned' : 'turned on'} ${modeWord(mode)} of ${what}`;
    case 'off':
      return markup`turned off maintenance of ${what}`;
    case 'updated':
      return markup`changed the maintenance of ${what}`;
    case 'restored':
      return markup`restored what was set for ${what} before a run`;
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
