import { isDeepStrictEqual } from 'node:util';
import type { MaintenanceChange } from '../interfaces/maintenance-status.js';
import {
  entriesOf,
  entryOf,
  type MaintenanceRecord,
  type RecordedChange,
  type RecordEntry,
} from './maintenance-record.js';
import { MAX_HISTORY } from './record-members.js';
import { dateOf } from './window.js';

/** A change, whose texts and window are those of the stage that it has set. */
export function recordedChange(
  revision: number,
  stage: RecordEntry,
  change: Pick<RecordedChange, 'at' | 'action' | 'scope' | 'by' | 'via' | 'note'>,
): RecordedChange {
  const { reason, startsAt, endsAt, mode } = stage;
  return { ...change, reason, startsAt, endsAt, mode, revision };
}

/** What a person has changed by editing the known record in the storage. */
export function editsOf(
  edited: MaintenanceRecord,
  known: MaintenanceRecord,
  now: number,
): readonly RecordedChange[] {
  const scopes = new Set([...entriesOf(known), ...entriesOf(edited)].map(([scope]) => scope));
  return [...scopes].flatMap((scope) => {
    const [before, after] = [entryOf(known, scope), entryOf(edited, scope)];
    const [wasOff, isOff] = [before.state === 'off', after.state === 'off'];
    if ((wasOff && isOff) || isDeepStrictEqual(before, after)) return [];
    const action = isOff ? 'off' : wasOff ? 'on' : 'updated';
    const change = { at: now, action, scope, by: after.by, via: 'storage', note: after.note } as const;
    return [recordedChange(edited.revision, after, change)];
  });
}

/** The changes of two records, in their order, each once. The result does not depend on which of the two is first. */
export function mergedHistory(a: MaintenanceRecord, b: MaintenanceRecord): readonly RecordedChange[] {
  const changes = new Map([...a.history, ...b.history].map((change) => [JSON.stringify(change), change]));
  return [...changes]
    .toSorted(
      ([textA, one], [textB, two]) => one.at - two.at || one.revision - two.revision || compare(textA, textB),
    )
    .map(([, change]) => change)
    .slice(-MAX_HISTORY);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** A recorded change as the service shows it. */
export function publicChange(change: RecordedChange): MaintenanceChange {
  return {
    ...change,
    at: new Date(change.at),
    startsAt: dateOf(change.startsAt),
    endsAt: dateOf(change.endsAt),
  };
}
