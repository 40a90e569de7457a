import { isDeepStrictEqual } from 'node:util';
import { entriesOf, holdsAnything, type MaintenanceRecord } from './maintenance-record.js';
import { merged, wasMadeFrom } from './merge-records.js';

/**
 * Whether a record was overtaken by another one: both have the same key, so one was made from the other, and its
 * revision is lower. Of two different records with the same revision, the same one is overtaken in each instance.
 */
export function isOvertaken(record: MaintenanceRecord, by: MaintenanceRecord): boolean {
  if (record.key === null || record.key !== by.key) return false;
  if (record.revision !== by.revision) return record.revision < by.revision;
  return !isDeepStrictEqual(record, by) && isLess(rank(record), rank(by));
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
function rank(record: MaintenanceRecord): readonly (number | string)[] {
  const entries = entriesOf(record).toSorted(([a], [b]) => ((a ?? '') < (b ?? '') ? -1 : 1));
  const on = entries.filter(([, { state }]) => state !== 'off');
  return [
    Number(record.application.state !== 'off'),
    on.length,
    Math.max(...entries.map(([, { updatedAt }]) => updatedAt ?? 0)),
    JSON.stringify([entries, record.activation]),
  ];
}

function isLess(a: readonly (number | string)[], b: readonly (number | string)[]): boolean {
  const index = a.findIndex((value, position) => value !== b[position]);
  const [left, right] = [a[index], b[index]];
  return left !== undefined && right !== undefined && left < right;
}
