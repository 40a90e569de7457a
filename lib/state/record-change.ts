import { MaintenanceWindowError } from '../errors.js';
import type { MaintenanceChangeVia } from '../interfaces/maintenance-status.js';
import { recordedChange } from './history.js';
import type { Limits } from './limits.js';
import {
  type MaintenanceRecord,
  type RecordedChange,
  type RecordEntry,
  withEntry,
} from './maintenance-record.js';
import { checkRoomForScopes } from './record-format.js';
import { withoutEnded } from './stages.js';

/** What a change needs to know beside the record. */
export interface ChangeContext {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** By which way the change came, for the history. */
  readonly via: MaintenanceChangeVia;
  readonly limits: Limits;
}

/**
 * What a write does to the record. It may run more than once (after a lost race, on the new record), and throws to refuse. If
 * it returns the same object, nothing is written.
 */
export interface RecordChange {
  (record: MaintenanceRecord, context: ChangeContext): MaintenanceRecord;
}

/**
 * The record with another entry, and with that change in its history.
 *
 * @param stage that the change has set; the entry may have others.
 * @throws RecordParseError if there is no room for it.
 */
export function changed(
  record: MaintenanceRecord,
  entry: RecordEntry,
  stage: RecordEntry,
  change: Pick<RecordedChange, 'action' | 'scope' | 'by' | 'note'>,
  { now, via }: ChangeContext,
): MaintenanceRecord {
  const after = withEntry(record, change.scope, entry);
  const history = [
    ...record.history,
    recordedChange(record.revision + 1, stage, { ...change, at: now, via }),
  ];
  if (change.scope !== null && entry.state !== 'off') checkRoomForScopes(withoutEnded(after, now));
  return { ...after, history };
}
/** The error of a change of what is off. */
export function nothingIsOn(scope: string | null): MaintenanceWindowError {
  return new MaintenanceWindowError(
    `${nameOf(scope)} is neither on nor scheduled, so there is nothing to change: use enable.`,
  );
}

/** A scope in a sentence. */
export function nameOf(scope: string | null): string {
  return scope === null ? 'Maintenance of the application' : `Maintenance of ${JSON.stringify(scope)}`;
}
