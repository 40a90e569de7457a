import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { MaintenanceConflictError, MaintenanceForcedError, MaintenanceStorageError } from '../errors.js';
import type { MaintenanceChangeVia } from '../interfaces/maintenance-status.js';
import type { CurrentState } from './current-state.js';
import { type RecordChange, secretsSince } from './changes.js';
import type { Limits } from './change-options.js';
import {
  EMPTY_RECORD,
  entriesOf,
  entryOf,
  type MaintenanceRecord,
  type RecordEntry,
  stageAt,
  stateAt,
  withoutEnded,
} from './maintenance-record.js';
import { lostRecord, wasMadeFrom, withMark } from './lineage.js';
import { MAX_HISTORY, RecordParseError, withBoundedHistory } from './record-format.js';
import {
  isConflict,
  type ReadRecord,
  type RecordRepository,
  type TimeLimit,
  TimeLimitExceeded,
  UNKNOWN_OUTCOME,
  UnparsableRecordError,
} from './record-repository.js';
import type { StorageSync } from './storage-sync.js';
import type { Log } from './state-log.js';

/** After this many lost races the change fails. */
const MAX_ATTEMPTS = 12;
const MAX_PAUSE_MS = 250;
/** The part of the time limit that all pauses after lost races may take together, so that the last race is lost before it is over. */
const PAUSING = 1 / 3;

/** What a change may replace if the stored text cannot be parsed. */
export type Replaceable = 'anything' | 'nothing';

/** How a change is made. */
interface ChangeSettings {
  /** By which way it came, for the history. */
  readonly via: MaintenanceChangeVia;
  /** Default: `nothing`. */
  readonly replaces?: Replaceable;
  /** Refuses the change if the stored record has another revision: somebody has changed it since. */
  readonly ifRevision?: number;
}

/** The record before and after a change. */
export interface AppliedChange {
  readonly before: MaintenanceRecord;
  readonly after: MaintenanceRecord;
}

interface FoundRecord extends ReadRecord {
  readonly isUnparsable?: boolean;
}

interface FailedWrite {
  readonly applied: AppliedChange;
  readonly error: unknown;
}

/** Changes the stored record: reads it, applies the change and writes it; starts over if another process was faster. */
export class StateWriter {
  constructor(
    private readonly repository: RecordRepository,
    private readonly state: CurrentState,
    private readonly sync: StorageSync,
    /** The `enabled` option: while it is set, nothing can be changed. */
    readonly forced: boolean | undefined,
    private readonly settings: { readonly keep: number; readonly limits: Limits },
    private readonly log: Log,
  ) {}

  /**
   * Applies a change and resolves once it is stored. Changes of one process are made one after the other; the time limit
   * includes the waiting.
   *
   * @throws MaintenanceForcedError, MaintenanceStorageError, MaintenanceConflictError, and what the change throws; the state in
   * memory then stays as it was.
   */
  async update(change: RecordChange, settings: ChangeSettings): Promise<AppliedChange> {
    if (this.forced !== undefined) throw new MaintenanceForcedError(this.forced);
    const limit = this.repository.limit();
    const { label } = this.repository;
    const message = `an earlier change or write-back did not end within ${limit.ms} ms. Nothing was written.`;
    try {
      return await this.repository.changes.runWithin(limit, message, () =>
        this.#update(change, settings, limit),
      );
    } catch (error) {
      const isOurs = error instanceof TimeLimitExceeded || error instanceof RecordParseError;
      throw isOurs ? new MaintenanceStorageError(label, 'write', error) : error;
    } finally {
      limit.release();
    }
  }

  async #update(change: RecordChange, settings: ChangeSettings, limit: TimeLimit): Promise<AppliedChange> {
    try {
      let failed: FailedWrite | null = null;
      for (let attempt = 1; ; attempt += 1) {
        const began = performance.now();
        const stored: FoundRecord | null = await this.#readAfter(
          failed,
          settings.replaces ?? 'nothing',
          limit,
        );
        // Also if later changes follow it, which may be of the same scope: it was made, and is not made again.
        if (failed && stored && wasMadeFrom(stored.record, failed.applied.after)) {
          this.state.acceptWritten(stored.record);
          return failed.applied;
        }
        if (failed && (!isConflict(failed.error) || attempt > MAX_ATTEMPTS)) throw failed.error;
        const applied = this.#apply(change, stored, settings);
        if (applied.before === applied.after) return applied;
        failed = await this.#write(applied, stored, limit);
        if (failed === null) return applied;
        if (isConflict(failed.error)) await delay(pauseAfter(attempt, performance.now() - began, limit.ms));
      }
    } catch (error) {
      if (error instanceof MaintenanceStorageError) this.sync.refreshInBackground();
      throw error;
    }
  }

  #apply(change: RecordChange, stored: FoundRecord | null, settings: ChangeSettings): AppliedChange {
    const known = this.state.record;
    const found = stored?.record ?? null;
    const { isEdited } = this.repository;
    const lost = isEdited ? null : lostRecord(found, known);
    if (lost !== null) this.state.fail(this.repository.lost(found, lost !== known));
    const base = lost ?? found ?? (isEdited ? EMPTY_RECORD : (known ?? EMPTY_RECORD));
    const before = withRoomToGrow(this.state.successor(base), known);
    if (settings.ifRevision !== undefined && settings.ifRevision !== before.revision) {
      throw new MaintenanceConflictError(this.repository.label);
    }
    const now = Date.now();
    const { limits } = this.settings;
    // A command does not know how many changes the application keeps.
    const kept = settings.via === 'cli' ? before.history.length : 0;
    const keep = Math.min(Math.max(this.settings.keep, kept), MAX_HISTORY);
    const changed = change(before, { now, via: settings.via, limits });
    if (changed !== before || stored?.isUnparsable === true) {
      return { before, after: finish(before, changed, { now, knownKey: known?.key ?? null, keep }) };
    }
    if (lost !== null) this.sync.refreshInBackground();
    else this.state.accept(base);
    return { before, after: before };
  }

  /** Null if it was written. */
  async #write(
    applied: AppliedChange,
    stored: FoundRecord | null,
    limit: TimeLimit,
  ): Promise<FailedWrite | null> {
    this.state.willWrite(applied.after);
    try {
      await this.repository.write(applied.after, stored?.version ?? null, limit);
    } catch (error) {
      return { applied, error };
    }
    this.state.acceptWritten(applied.after);
    // If the storage cannot compare, another process may have overwritten it, and both writes succeeded.
    if (!this.repository.isAtomic) this.sync.refreshInBackground();
    return null;
  }

  /**
   * Finds out what became of a write that failed: perhaps only its answer was lost. The same is true for a lost race: a driver
   * may have sent the write twice, and the second one lost to the first.
   */
  async #readAfter(
    failed: FailedWrite | null,
    replaces: Replaceable,
    limit: TimeLimit,
  ): Promise<FoundRecord | null> {
    if (failed === null) return this.#read(replaces, limit);
    if (limit.isOver && !isConflict(failed.error)) throw failed.error;
    try {
      return await this.#read(replaces, limit);
    } catch (readError) {
      // The lost race is not the cause, and perhaps did not happen.
      const error = isConflict(failed.error) ? readError : failed.error;
      const cause = error instanceof MaintenanceStorageError ? error.cause : error;
      throw new MaintenanceStorageError(this.repository.label, 'write', cause, UNKNOWN_OUTCOME);
    }
  }

  /** Text that cannot be parsed is replaced by the last known record, if that is allowed. */
  async #read(replaces: Replaceable, limit: TimeLimit): Promise<FoundRecord | null> {
    try {
      for (;;) {
        const known = this.state.record;
        const stored = await this.repository.read(limit);
        // Otherwise the state in memory has changed meanwhile, and may be newer than what was read.
        if (this.state.record === known) return stored;
      }
    } catch (error) {
      if (!(error instanceof UnparsableRecordError) || replaces === 'nothing') throw error;
      this.log.warn(`${error.message} It is replaced.`);
      return { record: this.state.record ?? EMPTY_RECORD, version: error.version, isUnparsable: true };
    }
  }
}

/** Exponential backoff with full jitter, in units of what a race takes in this storage: others need as long for theirs. */
function pauseAfter(attempt: number, tookMs: number, limitMs: number): number {
  const longest = Math.min(MAX_PAUSE_MS, (PAUSING * limitMs) / MAX_ATTEMPTS);
  return Math.random() * Math.min(longest, tookMs * 2 ** attempt);
}

/** Revisions grow beyond the known one. A revision that cannot grow any more starts a new lineage. */
function withRoomToGrow(base: MaintenanceRecord, known: MaintenanceRecord | null): MaintenanceRecord {
  const revision = Math.max(base.revision, known?.revision ?? 0);
  return revision < Number.MAX_SAFE_INTEGER
    ? { ...base, revision }
    : { ...base, revision: 0, key: null, marks: [] };
}

/** Text that cannot be parsed must not lock the owner out: the whole application can always be turned on and off. */
export function replaceable(scope: string | null | undefined): Replaceable {
  return scope === undefined || scope === null ? 'anything' : 'nothing';
}

/** What a record that is written takes over from the process that writes it. */
interface Writing {
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
function finish(
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
