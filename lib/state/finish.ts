import { randomBytes } from 'node:crypto';
import { secretsSince } from './issued-secrets.js';
import { withMark } from './lineage.js';
import { entriesOf, entryOf, type MaintenanceRecord, type RecordEntry } from './maintenance-record.js';
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
    secrets: secretsSince(after, before, now),
  };
  return withBoundedHistory(finished, keep);
}

/** While the application is active, scopes that begin belong to its activation: the cookies of its testers stay valid. */
function activationOf(before: MaintenanceRecord, after: MaintenanceRecord, now: number): string | null {
  const isApplicationActive = [before, after].every(
    ({ application }) => stateAt(application, now) === 'active',
  );
  let isAnyOn = false;
  for (const [scope, entry] of entriesOf(after)) {
    if (stateAt(entry, now) === 'off') continue;
    isAnyOn = true;
    if (scope !== null && isApplicationActive) continue;
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
