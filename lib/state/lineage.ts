import { createHash, randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import {
  entriesOf,
  holdsAnything,
  type MaintenanceRecord,
  entryOf,
  type RecordEntry,
  withEntry,
} from './maintenance-record.js';
import { hasRoomForScopes } from './record-format.js';

/**
 * Whether a record was overtaken by another one: both have the same key, so one was made from the other, and its
 * revision is lower. Of two different records with the same revision, the same one is overtaken in each instance.
 */
export function isOvertaken(record: MaintenanceRecord, by: MaintenanceRecord): boolean {
  if (record.key === null || record.key !== by.key) return false;
  if (record.revision !== by.revision) return record.revision < by.revision;
  return !isDeepStrictEqual(record, by) && order(rankOfRecord(record), rankOfRecord(by)) < 0;
}

/**
 * What a storage from which records do not vanish has to get back, or null. It is the known record if the stored one is gone
 * or older, and what two records were merged to if both have acknowledged changes that the other one has not.
 */
export function lostRecord(
  stored: MaintenanceRecord | null,
  known: MaintenanceRecord | null,
): MaintenanceRecord | null {
  if (known === null) return null;
  if (stored === null) return holdsAnything(known, Date.now()) ? known : null;
  if (known.key === null || stored.key !== known.key) return null;
  if (wasMadeFrom(stored, known)) return null;
  if (wasMadeFrom(known, stored)) return known;
  return merged(stored, known) ?? (isOvertaken(stored, known) ? known : null);
}

/**
 * A stored record as the successor of the known one. What has no key (`0`, `1`, django's, a deleted file) was written by
 * a person: it gets the next revision and goes on with the known key. So does an older record that counts, such as a
 * backup that was copied over the file.
 */
export function succeeding(record: MaintenanceRecord, known: MaintenanceRecord | null): MaintenanceRecord {
  if (known === null) return record;
  const next = Math.min(known.revision + 1, Number.MAX_SAFE_INTEGER);
  if (record.key === null) return { ...record, key: known.key, revision: Math.max(record.revision, next) };
  return record.key === known.key && record.revision < known.revision
    ? { ...record, revision: next }
    : record;
}

/** What keeps more closed comes first, then what was set later; the text only makes sure that instances agree. */
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

/** The marks of a record's changes, with one more: its revision, and a random part that tells apart what two writers have made. */
export function withMark(marks: readonly string[], revision: number): readonly string[] {
  return [...marks, `${revision}.${randomBytes(6).toString('base64url')}`].slice(-MAX_MARKS);
}

/** Whether a record has all changes of another one. */
export function wasMadeFrom(record: MaintenanceRecord, from: MaintenanceRecord): boolean {
  const last = from.marks.at(-1);
  return last !== undefined && record.marks.includes(last);
}

/**
 * One record with the changes of two that have gone different ways from a common one: of each entry, the one that was changed
 * since. It is the same whichever comes first. Null if they have no known change in common, or do not fit into one.
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
    record = withEntry(record, scope, chosen(ours, theirs, since));
  }
  const marks = [...other.marks.filter((mark) => !base.marks.includes(mark)), ...base.marks];
  // Made from both, so that all instances make the same one.
  const mark = createHash('sha256')
    .update(`${tip(base)} ${tip(other)}`)
    .digest('base64url')
    .slice(0, 8);
  record = {
    ...record,
    revision,
    activation: base.activation ?? other.activation,
    marks: [...byRevision(marks), `${revision}.${mark}`].slice(-MAX_MARKS),
  };
  return hasRoomForScopes(record) ? record : null;
}

function tip({ marks }: MaintenanceRecord): string {
  return marks.at(-1) ?? '';
}

function byRevision(marks: readonly string[]): readonly string[] {
  return marks.toSorted((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
}

/** Which of two different entries counts, if their records have parted after a revision. */
function chosen(a: RecordEntry, b: RecordEntry, since: number): RecordEntry {
  const [isNewA, isNewB] = [a.revision > since, b.revision > since];
  if (isNewA && isNewB) return order(rankOfEntry(a), rankOfEntry(b)) > 0 ? a : b;
  if (isNewA !== isNewB) return isNewA ? a : b;
  // One was put back to what it was before by the end of a run.
  return a.revision < b.revision ? a : b;
}

/** What keeps more closed comes first, then what was set later; the text only makes sure that instances agree. */
function rankOfEntry(entry: RecordEntry): readonly (number | string)[] {
  const isOn = entry.state !== 'off';
  return [Number(isOn), Number(isOn && entry.mode === 'full'), entry.updatedAt ?? 0, JSON.stringify(entry)];
}

function order(a: readonly (number | string)[], b: readonly (number | string)[]): number {
  const index = a.findIndex((value, position) => value !== b[position]);
  const [left, right] = [a[index], b[index]];
  if (left === undefined || right === undefined) return 0;
  return left > right ? 1 : -1;
}
