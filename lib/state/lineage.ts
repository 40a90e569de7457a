import { createHash, randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { secretsSince } from './changes.js';
import { hasRoomForScopes, MAX_HISTORY, MAX_SECRETS, withBoundedHistory } from './record-format.js';
import {
  entriesOf,
  entryOf,
  isAnythingOn,
  type MaintenanceRecord,
  type RecordedChange,
  recordedChange,
  type RecordEntry,
  withEntry,
} from './maintenance-record.js';

/**
 * Whether another record of the same lineage (the same key) is newer: its revision is higher. Of two different records with
 * the same revision, all instances take the same one for the newer.
 */
export function isOvertaken(record: MaintenanceRecord, by: MaintenanceRecord): boolean {
  if (record.key === null || record.key !== by.key) return false;
  if (record.revision !== by.revision) return record.revision < by.revision;
  return !isDeepStrictEqual(record, by) && order(rankOfRecord(record), rankOfRecord(by)) < 0;
}

/**
 * What to write back to a storage that has lost changes, or null: the known record if the stored one is missing or older, and
 * the two merged if each has acknowledged changes that the other does not have.
 */
export function lostRecord(
  stored: MaintenanceRecord | null,
  known: MaintenanceRecord | null,
): MaintenanceRecord | null {
  if (known === null) return null;
  if (stored === null) return isAnythingOn(known, Date.now()) ? known : null;
  if (known.key === null || stored.key !== known.key) return null;
  if (wasMadeFrom(stored, known)) return null;
  if (wasMadeFrom(known, stored)) return known;
  return merged(stored, known) ?? (isOvertaken(stored, known) ? known : null);
}

/**
 * A stored record as the successor of the known one. A record without a key (`0`, `1`, django's, a deleted file) was written
 * by a person: it gets the next revision and the known key. An older record that counts, such as a backup that was copied
 * over the file, gets the next revision; so does one of another lineage, whose revisions are counted anew, and what follows it.
 * What a person has changed is added to the history.
 */
export function succeeding(record: MaintenanceRecord, known: MaintenanceRecord | null): MaintenanceRecord {
  if (known === null) return record;
  const next = Math.min(known.revision + 1, Number.MAX_SAFE_INTEGER);
  if (record.key === null) {
    const revision = Math.max(record.revision, next);
    return withEdits({ ...record, key: known.key, revision, history: known.history }, known);
  }
  const successor = withRevision(record, known, next);
  return record.key === known.key && tip(record) === tip(known) ? withEdits(successor, known) : successor;
}

function withEdits(record: MaintenanceRecord, known: MaintenanceRecord): MaintenanceRecord {
  const now = Date.now();
  const edits = editsOf(record, known, now);
  const secrets = secretsSince(record, known, now);
  return edits.length === 0 ? record : { ...record, secrets, history: [...record.history, ...edits] };
}

function withRevision(record: MaintenanceRecord, known: MaintenanceRecord, next: number): MaintenanceRecord {
  const isAnother = record.key !== known.key;
  // Where revisions cannot grow any more they have begun anew. Without marks what follows would look older.
  if (isAnother && (known.revision === Number.MAX_SAFE_INTEGER || record.marks.length === 0)) return record;
  const hasToGrow = isAnother || isLater(record, known);
  return record.revision < known.revision + Number(hasToGrow) ? { ...record, revision: next } : record;
}

/** Whether a record has a change after all those of the known one, whose revision may have been raised here. */
function isLater(record: MaintenanceRecord, known: MaintenanceRecord): boolean {
  return record.marks.at(-1) !== known.marks.at(-1) && wasMadeFrom(record, known);
}

/** The record that keeps more closed counts, then the later one. The text only makes sure that all instances agree. */
function rankOfRecord(record: MaintenanceRecord): readonly (number | string)[] {
  const entries = entriesOf(record).toSorted(([a], [b]) => ((a ?? '') < (b ?? '') ? -1 : 1));
  const on = entries.filter(([, { state }]) => state !== 'off');
  return [
    Number(record.application.state !== 'off'),
    on.length,
    Math.max(...entries.map(([, { updatedAt }]) => updatedAt ?? 0)),
    JSON.stringify([entries, record.activation]),
  ];
}

const MAX_MARKS = 64;

/** Adds a mark for a change: its revision, and a random part that distinguishes the changes of two writers. */
export function withMark(marks: readonly string[], revision: number): readonly string[] {
  return [...marks, `${revision}.${randomBytes(6).toString('base64url')}`].slice(-MAX_MARKS);
}

/** Whether a record has all changes of another one. */
export function wasMadeFrom(record: MaintenanceRecord, from: MaintenanceRecord): boolean {
  const last = from.marks.at(-1);
  return last !== undefined && record.marks.includes(last);
}

/**
 * Merges two records that were both changed after a common one: for each scope, the entry that was changed since. The result
 * does not depend on the order. Null if they have no known change in common, or do not fit into one record.
 */
export function merged(a: MaintenanceRecord, b: MaintenanceRecord): MaintenanceRecord | null {
  const common = a.marks.findLast((mark) => b.marks.includes(mark));
  if (common === undefined) return null;
  const since = Number.parseInt(common, 10);
  const revision = Math.max(a.revision, b.revision) + 1;
  if (revision > Number.MAX_SAFE_INTEGER) return null;
  const isFirst = order([a.revision, tip(a)], [b.revision, tip(b)]) > 0;
  const [base, other] = isFirst ? [a, b] : [b, a];
  const scopes = new Set([...entriesOf(base), ...entriesOf(other)].map(([scope]) => scope));
  let record = base;
  for (const scope of scopes) {
    const [ours, theirs] = [entryOf(base, scope), entryOf(other, scope)];
    if (isDeepStrictEqual(ours, theirs)) continue;
    const isNew = {
      ours: isNewTo(other, base, scope, ours, since),
      theirs: isNewTo(base, other, scope, theirs, since),
    };
    record = withEntry(record, scope, chosen(ours, theirs, isNew));
  }
  const marks = [...other.marks.filter((mark) => !base.marks.includes(mark)), ...base.marks];
  // Derived from both, so that all instances get the same one.
  const mark = createHash('sha256')
    .update(`${tip(base)} ${tip(other)}`)
    .digest('base64url')
    .slice(0, 8);
  record = {
    ...record,
    revision,
    activation: base.activation ?? other.activation,
    marks: [...byRevision(marks), `${revision}.${mark}`].slice(-MAX_MARKS),
    history: mergedHistory(a, b),
    secrets: mergedSecrets(base, other),
  };
  return hasRoomForScopes(record) ? withBoundedHistory(record, MAX_HISTORY) : null;
}

function mergedSecrets(base: MaintenanceRecord, other: MaintenanceRecord): MaintenanceRecord['secrets'] {
  const inOther = new Map(other.secrets.map((secret) => [secret.hash, secret]));
  const inBase = new Set(base.secrets.map(({ hash }) => hash));
  // A scope that one of the two has lost has ended there.
  const ofBase = base.secrets.map((secret) => {
    const kept = inOther.get(secret.hash)?.scopes;
    return kept ? { ...secret, scopes: secret.scopes.filter((scope) => kept.includes(scope)) } : secret;
  });
  return [...ofBase, ...other.secrets.filter(({ hash }) => !inBase.has(hash))].slice(-MAX_SECRETS);
}

function tip({ marks }: MaintenanceRecord): string {
  return marks.at(-1) ?? '';
}

function byRevision(marks: readonly string[]): readonly string[] {
  return marks.toSorted((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
}

/** Whether an entry of a record was set by a change that another record does not have. `since` is their last common revision. */
function isNewTo(
  other: MaintenanceRecord,
  record: MaintenanceRecord,
  scope: string | null,
  entry: RecordEntry,
  since: number,
): boolean {
  const { revision, by, updatedAt } = latestStage(entry);
  if (revision > since) return true;
  // Records that diverged before, and were merged, have two changes with the same revision.
  const hasAnother = record.marks.some(
    (mark) => Number.parseInt(mark, 10) === revision && !other.marks.includes(mark),
  );
  const isKnown = (change: RecordedChange): boolean =>
    change.scope === scope && change.revision === revision && change.by === by && change.at === updatedAt;
  return hasAnother && !other.history.some(isKnown);
}

/** The next stage is planned later. */
function latestStage(entry: RecordEntry): RecordEntry {
  const { next } = entry;
  return next !== null && next.revision > entry.revision ? next : entry;
}

/** Which of two different entries counts. */
function chosen(
  ours: RecordEntry,
  theirs: RecordEntry,
  isNew: { readonly ours: boolean; readonly theirs: boolean },
): RecordEntry {
  if (isNew.ours && isNew.theirs) return order(rankOfEntry(ours), rankOfEntry(theirs)) > 0 ? ours : theirs;
  if (isNew.ours !== isNew.theirs) return isNew.ours ? ours : theirs;
  // One was restored at the end of a run.
  return ours.revision < theirs.revision ? ours : theirs;
}

/** The entry that keeps more closed counts, then the later one. The text only makes sure that all instances agree. */
function rankOfEntry(entry: RecordEntry): readonly (number | string)[] {
  const isOn = entry.state !== 'off';
  const isFull = isOn && entry.mode === 'full';
  return [...[isOn, isFull, entry.next !== null].map(Number), entry.updatedAt ?? 0, JSON.stringify(entry)];
}

function order(a: readonly (number | string)[], b: readonly (number | string)[]): number {
  const index = a.findIndex((value, position) => value !== b[position]);
  const [left, right] = [a[index], b[index]];
  if (left === undefined || right === undefined) return 0;
  return left > right ? 1 : -1;
}

/** What a person has changed by editing the known record in the storage. */
function editsOf(
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
function mergedHistory(a: MaintenanceRecord, b: MaintenanceRecord): readonly RecordedChange[] {
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
