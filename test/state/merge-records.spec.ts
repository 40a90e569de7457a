import { describe, expect, it } from '@jest/globals';
import {
  EMPTY_RECORD,
  entryOf,
  type MaintenanceRecord,
  OFF_ENTRY,
  ON_ENTRY,
  recordedChange,
  type RecordEntry,
  withEntry,
} from '../../lib/state/maintenance-record.js';
import { merged, wasMadeFrom, withMark } from '../../lib/state/lineage.js';

const start: MaintenanceRecord = { ...EMPTY_RECORD, revision: 3, key: 'k', marks: ['1.a', '2.b', '3.c'] };

function changed(
  record: MaintenanceRecord,
  scope: string | null,
  entry: Partial<RecordEntry>,
): MaintenanceRecord {
  const revision = record.revision + 1;
  const next = withEntry(record, scope, { ...ON_ENTRY, updatedAt: revision, revision, ...entry });
  return { ...next, revision, marks: withMark(record.marks, revision) };
}

describe('Two records that have gone different ways', () => {
  const one = changed(changed(start, 'a', {}), 'b', {});
  const other = changed(start, 'c', {});

  it('become one with the changes of both, the same whichever comes first', () => {
    const both = merged(one, other);
    expect(both).toEqual(merged(other, one));
    expect([...(both?.scopes.keys() ?? [])].toSorted()).toEqual(['a', 'b', 'c']);
    expect(both?.revision).toBe(6);
  });

  it('have both been followed by the merged one, and by what is made from it', () => {
    const both = merged(one, other) ?? EMPTY_RECORD;
    const later = changed(both, 'd', {});
    for (const before of [start, one, other, both]) expect(wasMadeFrom(later, before)).toBe(true);
    for (const before of [one, other]) expect(wasMadeFrom(before, later)).toBe(false);
  });

  it('keep the side that is in maintenance if both have changed the same', () => {
    const on = changed(start, null, {});
    const off = changed(changed(start, 'x', {}), null, { ...OFF_ENTRY, revision: 5, updatedAt: 9 });
    expect(merged(on, off)?.application.state).toBe('on');
  });

  it('take an entry that one side has put back to its previous state', () => {
    const common = changed(start, 'run', {});
    const restored = changed(common, 'run', OFF_ENTRY);
    expect(merged(restored, changed(common, 'x', {}))?.scopes.has('run')).toBe(false);
  });

  it('keep a change whose revision a change of the other side has too, after they were merged before', () => {
    const common = changed(start, 'billing', { by: 'first' });
    const lost = changed(common, 'reports', {});
    const kept = changed(common, 'billing', { by: 'second', updatedAt: 50 });
    const both = changed(merged(lost, kept) ?? EMPTY_RECORD, null, {});
    const late = changed(lost, 'x', {});
    const all = merged(both, late);
    expect(all?.scopes.get('billing')?.by).toBe('second');
    expect([...(all?.scopes.keys() ?? [])].toSorted()).toEqual(['billing', 'reports', 'x']);
    expect(all).toEqual(merged(late, both));
  });

  it('do not bring back what one side has turned off, though another change has its revision', () => {
    const lost = changed(start, 'reports', {});
    const kept = changed(start, 'billing', {});
    const both = changed(merged(lost, kept) ?? EMPTY_RECORD, null, {});
    const change = { at: 4, action: 'on', scope: 'reports', by: null, via: 'service', note: null } as const;
    const off = changed(
      { ...lost, history: [recordedChange(4, entryOf(lost, 'reports'), change)] },
      'reports',
      OFF_ENTRY,
    );
    expect(merged(both, off)?.scopes.has('reports')).toBe(false);
  });

  it('are not merged without a mark in common', () => {
    expect(merged({ ...one, marks: ['9.z'] }, other)).toBeNull();
    expect(merged({ ...one, marks: [] }, other)).toBeNull();
  });
});

describe('Marks', () => {
  it('are kept of the last 64 changes', () => {
    let marks: readonly string[] = [];
    for (let revision = 1; revision <= 100; revision += 1) marks = withMark(marks, revision);
    expect(marks).toHaveLength(64);
    expect(marks.at(-1)).toMatch(/^100[.]/);
  });
});
