import type { Entry, History, Seen } from './history.js';

type WithoutTime<Of> = Of extends unknown ? Omit<Of, 'at'> : never;

export const OFF: Seen = {
  scope: null,
  state: 'off',
  mode: 'full',
  reason: null,
  by: null,
  revision: 0,
  stale: false,
};

/** The status after a call that has turned it on. */
export function on(by: string, revision: number, rest: Partial<Seen> = {}): Seen {
  return { ...OFF, state: 'active', by, reason: by, revision, ...rest };
}

/** The status after a call that has turned it off. */
export function off(by: string | null, revision: number, rest: Partial<Seen> = {}): Seen {
  return { ...OFF, by, revision, ...rest };
}

/** A history by hand: each entry is a millisecond after the one before. */
export function historyOf(...entries: readonly WithoutTime<Entry>[]): History {
  return entries.map((entry, index) => Object.assign({}, entry, { at: index + 1 }));
}

export function invoked(
  call: string,
  operation: 'enable' | 'disable' | 'run' | 'refresh' = 'enable',
  scope: string | null = null,
): WithoutTime<Entry> {
  const mode = operation === 'disable' || operation === 'refresh' ? {} : ({ mode: 'full' } as const);
  return { kind: 'invoked', process: processOf(call), call, operation, scope, ...mode };
}

export function ended(
  call: string,
  outcome: 'ok' | 'rejected' | 'unknown' = 'ok',
  ...seen: readonly Seen[]
): WithoutTime<Entry> {
  return { kind: 'ended', process: processOf(call), call, outcome, shown: seen };
}

export function working(call: string, phase: 'began' | 'done'): WithoutTime<Entry> {
  return { kind: 'working', process: processOf(call), call, phase };
}

export function shown(process: string, status: Seen): WithoutTime<Entry> {
  return { kind: 'shown', process, status };
}

export function told(process: string, type: string, before: Seen, after: Seen): WithoutTime<Entry> {
  return { kind: 'told', process, type, scope: after.scope, before, after };
}

export function settled(...seen: readonly Seen[]): WithoutTime<Entry> {
  return { kind: 'settled', process: 'runner', afterMs: 10, statuses: { a: seen, b: seen } };
}

export function fault(phase: 'begins' | 'ends', losesData: boolean): WithoutTime<Entry> {
  return { kind: 'fault', process: 'runner', fault: 'a fault', phase, losesData };
}

/** `a/1` is a call of the process a. */
function processOf(call: string): string {
  return call.split('/')[0] ?? call;
}
