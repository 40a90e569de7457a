import { hostname } from 'node:os';
import { pid } from 'node:process';
import type { InFlightWork } from '../drain/in-flight-work.js';
import type { MaintenanceStatus } from '../interfaces/maintenance-status.js';
import { reasonFor } from '../response/negotiation.js';
import type { CurrentState } from '../state/current-state.js';
import { dateOf, EMPTY_RECORD, entryOf, OFF_ENTRY, plannedAt, stageAt } from '../state/maintenance-record.js';
import { scopeName } from '../validation/values.js';

/** Names this process, for those who have to tell one instance from another. */
export const INSTANCE = `${hostname()}:${pid}`;

/** One entry of the list: the application or a scope, now or in its next stage. */
export interface StatusItem {
  readonly status: MaintenanceStatus;
  /** Internal: not shown to visitors. */
  readonly note: string | null;
  /** Addresses and ranges that are let in. */
  readonly allow: readonly string[];
  /** When visitors are told of it; null: by default. */
  readonly announceFrom: Date | null;
  /** Since when it has been active without a break. */
  readonly since: Date | null;
  /** The revision of the record that has set it. */
  readonly setIn: number;
  /** The planned stage of what is active already. */
  readonly isNext: boolean;
}

/** The application and the scopes that are not off, with what only superusers see. */
export function itemsOf(state: CurrentState): readonly StatusItem[] {
  const record = state.record ?? EMPTY_RECORD;
  const now = Date.now();
  const seen = new Set<string | null>();
  return state.list().map((status) => {
    const isNext = seen.has(status.scope);
    seen.add(status.scope);
    const entry = entryOf(record, status.scope);
    const stage = isNext ? plannedAt(entry, now) : stageAt(entry, now);
    const { note, allow, announceFrom } = status.state === 'off' ? OFF_ENTRY : (stage ?? OFF_ENTRY);
    return {
      status,
      note,
      allow,
      announceFrom: dateOf(announceFrom),
      since: isNext ? null : state.activeSince(status.scope),
      setIn: (stage ?? entry).revision,
      isNext,
    };
  });
}

/** How many requests and jobs are in flight in this process, without the request that asks. */
export async function othersInFlight(work: InFlightWork, request: unknown): Promise<number> {
  const { remaining } = await work.drained(0, request as object);
  return remaining;
}

export type PublicStatus = Pick<
  MaintenanceStatus,
  'state' | 'mode' | 'reason' | 'startsAt' | 'endsAt' | 'announced'
>;

/** What is shown of a scope about which nothing is stored. */
export const OFF: PublicStatus = {
  state: 'off',
  mode: 'full',
  reason: null,
  startsAt: null,
  endsAt: null,
  announced: false,
};

/** The items with their reasons in the language of the client, and the header that says if they depend on it. */
export function inLanguage(
  items: readonly StatusItem[],
  acceptLanguage: string | undefined,
): { readonly items: readonly StatusItem[]; readonly vary: Readonly<Record<string, string>> } {
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
export function wholeStatus(items: readonly StatusItem[], isDetailed: boolean): object {
  const shown = items.map((item) => ({
    ...scopeStatus(item.status),
    ...(isDetailed && details(item, items)),
  }));
  const { scope: _, ...application } = shown[0] ?? { ...OFF, scope: null };
  return { ...application, scopes: shown.filter(({ scope }) => scope !== null) };
}

/** The status of one scope alone. @throws InvalidValue for what is not the name of a scope. */
export function oneScopeStatus(items: readonly StatusItem[], name: string, isDetailed: boolean): object {
  const scope = scopeName(name, 'scope');
  const item = items.find(({ status }) => status.scope === scope);
  if (item === undefined) return scopeStatus({ ...OFF, scope });
  return { ...scopeStatus(item.status), ...(isDetailed && details(item, items)) };
}

/** What superusers see beside the public members. `setIn` tells apart two settings that look the same. */
function details(
  { status, note, allow, announceFrom, since, setIn, isNext }: StatusItem,
  items: readonly StatusItem[],
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

/** What anyone may see of one scope. */
export function scopeStatus(
  status: PublicStatus & Pick<MaintenanceStatus, 'scope'>,
): PublicStatus & Pick<MaintenanceStatus, 'scope'> {
  return { scope: status.scope, ...publicStatus(status) };
}
