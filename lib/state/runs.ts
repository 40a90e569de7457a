import { setTimeout as delay } from 'node:timers/promises';
import { MaintenanceStorageError, MaintenanceWindowError } from '../errors.js';
import { changed, type RecordChange, turnOn } from './changes.js';
import { type Log, describeStatus, ofScope } from './state-log.js';
import type { CurrentState } from './current-state.js';
import type { EnableOptions, MaintenanceChangeVia } from '../interfaces/maintenance-status.js';
import {
  entryOf,
  isSameSetting,
  type PlannedEntry,
  type RecordEntry,
  stateAt,
} from './maintenance-record.js';
import { dateOrNull } from './change-options.js';
import { isConflict, noop, UnparsableRecordError } from './record-repository.js';
import { replaceable, type StateWriter } from './state-writer.js';
import { Lease } from './lease.js';

/** How long to try to restore the previous state, in time limits of a change: 30 seconds by default. */
const PATIENCE = 30;
/** The same while the application is closed: what stops it is waiting, and may kill it. */
const PATIENCE_AT_CLOSE = 5;
const MIN_PAUSE_MS = 25;

interface Run {
  /** Resolves when it is over, whatever its outcome. */
  readonly over: Promise<unknown>;
  /** Restores the previous state, once; null until there is something to restore. Its argument is for the log. */
  restore: ((outcome: Outcome) => Promise<void>) | null;
  isWorking: boolean;
}

type Outcome = 'has succeeded' | 'has failed' | 'has not ended';

/** The calls of `run()`: maintenance is on while the work runs, then the previous state is restored. */
export class Runs {
  readonly #open = new Set<Run>();
  /** Entries of runs that other changes replaced before the runs ended, with what these would have restored. */
  readonly #ended = new Map<RecordEntry, RecordEntry>();
  #closesAt = Infinity;

  constructor(
    private readonly writer: StateWriter,
    private readonly state: CurrentState,
    private readonly timeoutMs: number,
    private readonly via: MaintenanceChangeVia,
    private readonly log: Log,
  ) {}

  /** Applies the change, which turns maintenance on for the scope, does the work, and restores the previous state. */
  async run<T>(change: RecordChange, scope: string | null | undefined, work: () => Promise<T>): Promise<T> {
    let end = noop;
    const run: Run = {
      over: new Promise<void>((resolve) => (end = resolve)),
      restore: null,
      isWorking: true,
    };
    this.#open.add(run);
    try {
      return await this.#run(run, change, scope, work);
    } finally {
      end();
      this.#open.delete(run);
      if (this.#open.size === 0) this.#ended.clear();
    }
  }

  /**
   * When the application is closed: gives work a moment to end, since much of it ends when what it uses is closed, and
   * restores the previous state in any case. Takes a bounded time.
   */
  async close(): Promise<void> {
    this.#closesAt = performance.now() + PATIENCE_AT_CLOSE * this.timeoutMs;
    const abort = new AbortController();
    const patience = delay(this.timeoutMs, undefined, { signal: abort.signal }).catch(() => undefined);
    await Promise.race([Promise.all([...this.#open].map(({ over }) => over)), patience]);
    abort.abort();
    // The last one first: it has replaced the entries of the others.
    for (const { restore: restoreRun, isWorking } of [...this.#open].toReversed()) {
      if (restoreRun === null) continue;
      if (isWorking) {
        this.log.warn(
          'The application is closed while the work of run() goes on. The maintenance state from before it is restored.',
        );
      }
      await restoreRun(isWorking ? 'has not ended' : 'has succeeded').catch(() => undefined);
    }
  }

  async #run<T>(
    run: Run,
    change: RecordChange,
    scope: string | null | undefined,
    work: () => Promise<T>,
  ): Promise<T> {
    const { before, after } = await this.writer.update(change, {
      via: this.via,
      replaces: replaceable(scope),
    });
    const name = scope ?? null;
    const settings = { timeoutMs: this.timeoutMs, via: this.via };
    const set = entryOf(after, name);
    const lease = new Lease(this.writer, this.state, settings, this.log, name, set);
    let restored: Promise<void> | undefined;
    const restoreOnce = (outcome: Outcome): Promise<void> => {
      lease.end();
      return (restored ??= this.#restore(name, lease.entries, entryOf(before, name), outcome));
    };
    run.restore = restoreOnce;
    let result: T;
    try {
      result = await work();
    } catch (error) {
      run.isWorking = false;
      const [outcome] = await Promise.allSettled([restoreOnce('has failed')]);
      if (outcome.status === 'fulfilled') throw error;
      const message = `The work has failed, and the maintenance state could not be restored: ${this.#stillOn(name)}.`;
      throw new AggregateError([error, outcome.reason], message, { cause: error });
    }
    run.isWorking = false;
    await restoreOnce('has succeeded');
    return result;
  }

  #stillOn(scope: string | null): string {
    const status = this.state.status(scope ?? undefined);
    return `maintenance${ofScope(scope)} is still on (${describeStatus(status)})`;
  }

  /** Tries again for a while: a short outage of the storage must not leave maintenance on everywhere. */
  async #restore(
    scope: string | null,
    ours: readonly RecordEntry[],
    previous: RecordEntry,
    outcome: Outcome,
  ): Promise<void> {
    const endsAt = performance.now() + PATIENCE * this.timeoutMs;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#tryRestore(scope, ours, previous, attempt);
      } catch (error) {
        if (!isTemporary(error) || performance.now() > Math.min(endsAt, this.#closesAt)) {
          this.log.error(
            `The work of run() ${outcome}, but the maintenance state from before it could not be restored: ` +
              `${this.#stillOn(scope)}. Turn it off by hand.`,
          );
          throw error;
        }
      }
      await delay(Math.min(MIN_PAUSE_MS * 2 ** attempt, this.timeoutMs) * (0.5 + Math.random() / 2));
    }
  }

  async #tryRestore(
    scope: string | null,
    ours: readonly RecordEntry[],
    previous: RecordEntry,
    attempt: number,
  ): Promise<void> {
    let target = previous;
    const change: RecordChange = (record, context) => {
      // Inside the change, since changes are made one after the other: if two runs end at once, the second sees the first.
      target = this.#beforeEnded(previous);
      const restored = restore(scope, ours, target)(record, context);
      if (restored === record) for (const entry of ours) this.#ended.set(entry, target);
      return restored;
    };
    const { before, after } = await this.writer.update(change, { via: this.via });
    // An attempt that failed may have restored it all the same: that was no change by another process.
    if (before !== after || (attempt > 1 && isSameSetting(entryOf(after, scope), target))) return;
    this.log.warn(`Maintenance${ofScope(scope)} was changed during run(). That change stays.`);
  }

  /** An entry that an overlapping run has set, and could not take back when it ended, is not the previous state. */
  #beforeEnded(entry: RecordEntry): RecordEntry {
    const ended = [...this.#ended.keys()].find((candidate) => isSameSetting(candidate, entry));
    const previous = ended && this.#ended.get(ended);
    return previous ? this.#beforeEnded(previous) : entry;
  }
}

/** Whether the failure may go away by itself. */
function isTemporary(error: unknown): boolean {
  if (error instanceof UnparsableRecordError) return false;
  return error instanceof MaintenanceStorageError || isConflict(error);
}

/**
 * The change that begins a run.
 *
 * @throws MaintenanceWindowError for a later start, and what `turnOn` throws.
 */
export function begin(options: EnableOptions): RecordChange {
  const change = turnOn(options);
  const startsAt = dateOrNull(options.startsAt, 'startsAt');
  if (startsAt === null || startsAt <= Date.now()) return change;
  throw new MaintenanceWindowError(
    'run begins its work now, and startsAt is in the future: use enable to schedule maintenance.',
  );
}

/**
 * The change that restores what `run` replaced, unless the entry was changed meanwhile. What was planned meanwhile stays.
 *
 * @param ours what the run may have set.
 */
function restore(scope: string | null, ours: readonly RecordEntry[], previous: RecordEntry): RecordChange {
  return (record, context) => {
    const current = entryOf(record, scope);
    const set = ours.find((entry) => isSameSetting(entry, current));
    if (set === undefined) return record;
    // A run plans nothing, so the next stage was planned meanwhile.
    const { next } = current;
    const entry = next === null ? previous : followedBy(previous, next, context.now);
    return changed(record, entry, entry, { action: 'restored', scope, by: set.by, note: null }, context);
  };
}

function followedBy(entry: RecordEntry, next: PlannedEntry, now: number): RecordEntry {
  return stateAt(entry, now) === 'active' ? { ...entry, next } : next;
}
