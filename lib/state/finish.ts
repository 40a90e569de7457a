import { randomBytes } from 'node:crypto';
import { withMark } from './lineage.js';
import {
  entriesOf,
  entryOf,
  type IssuedSecret,
  type MaintenanceRecord,
  type RecordEntry,
} from './maintenance-record.js';
import { withBoundedHistory } from './record-format.js';
import { stageAt, stateAt, withoutEnded } from './stages.js';

/** What a record that is written takes over from the process that writes it. */
export interface Writing {
  readonly now: number;
  /** Of the lineage that continues if the stored record has no key. */
  readonly knownKey: string | null;
  /** How many changes the history has. */
  readonly keep: number;
}

/**
 * Adds what every written record has: the next revision, a signing key, and the id of its latest activation. Takes out what is
 * over: scopes that are off, old changes, bypass secrets whose maintenance has ended.
 */
export function finish(
  before: MaintenanceRecord,
  after: MaintenanceRecord,
  { now, knownKey, keep }: Writing,
): MaintenanceRecord {
  const lineage = before.revision === 0 ? null : knownKey;
  const finished = {
    ...withoutEnded(after, now),
    revision: before.revision + 1,
    marks: withMark(before.marks, before.revision + 1),
    activation: activationOf(before, after, now),
    key: before.key ?? lineage ?? randomBytes(32).toString('base64url'),
    secrets: after.secrets.filter((secret) => isStillOn(secret, before, after, now)),
  };
  return withBoundedHistory(finished, keep);
}

/** Whether something that a bypass secret was issued for is still on, and was not turned off and on again. */
function isStillOn(
  { scopes }: IssuedSecret,
  before: MaintenanceRecord,
  after: MaintenanceRecord,
  now: number,
): boolean {
  return scopes.some((scope) =>
    [before, after].every((record) => stateAt(entryOf(record, scope), now) !== 'off'),
  );
}

function activationOf(before: MaintenanceRecord, after: MaintenanceRecord, now: number): string | null {
  let isAnyOn = false;
  for (const [scope, entry] of entriesOf(after)) {
    if (stateAt(entry, now) === 'off') continue;
    isAnyOn = true;
    const previous = entryOf(before, scope);
    if (entry !== previous && !isContinued(previous, entry, now)) return randomBytes(9).toString('base64url');
  }
  return isAnyOn ? before.activation : null;
}

/** Whether an entry is another setting of the same activation. That of a scheduled window is identified by its start. */
function isContinued(previous: RecordEntry, entry: RecordEntry, now: number): boolean {
  const [before, after] = [stageAt(previous, now), stageAt(entry, now)];
  if (stateAt(before, now) !== stateAt(after, now) || before.state !== after.state) return false;
  return before.state === 'on' || before.startsAt === after.startsAt;
}
