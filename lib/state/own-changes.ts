import type { MaintenanceEvent } from '../interfaces/maintenance-status.js';
import { entryOf, lastChangeOf, type MaintenanceRecord } from './maintenance-record.js';

const MAX_MARKS = 64;

/** Recognises the changes that this process has made, by their marks, also when they are read in the storage. */
export class OwnChanges {
  #marks: readonly string[] = [];

  /** Remembers the last change of a record. Before it is written, since it can be read before the write has returned. */
  add({ marks }: MaintenanceRecord): void {
    this.#marks = [...this.#marks, ...marks.slice(-1)].slice(-MAX_MARKS);
  }

  /** Where the last change of a scope was made. */
  originOf(record: MaintenanceRecord, scope: string | null): MaintenanceEvent['origin'] {
    const { revision } = entryOf(record, scope);
    const last = Math.max(revision, lastChangeOf(record, scope)?.revision ?? 0);
    const mark = record.marks.findLast((candidate) => candidate.startsWith(`${last}.`));
    return mark !== undefined && this.#marks.includes(mark) ? 'local' : 'remote';
  }
}
