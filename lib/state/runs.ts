import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { MaintenanceStorageError } from '../errors.js';
import { isSameSetting, type RecordChange, restore } from './changes.js';
import type { CurrentState } from './current-state.js';
import { entryOf, type RecordEntry } from './maintenance-record.js';
import { isConflict, UnparsableRecordError } from './record-repository.js';
import { replaceable, type StateWriter } from './state-writer.js';
import { describeStatus } from './state-events.js';
import { nothing } from './time-limit.js';

/** How long it is tried to restore what was before, in time limits of a change: 30 seconds by default. */
const PATIENCE = 30;
/** The same while the application is closed: who stops it waits for that, and may kill it. */
const PATIENCE_AT_CLOSE = 5;
const MIN_PAUSE_MS = 25;

interface Run {
  /** Resolves when it is over, whatever has become of it. */
  readonly over: Promise<unknown>;
  /** Puts back what was there before, once; null until there is something to put back. */
  putBack: (() => Promise<void>) | null;
  isAtWork: boolean;
}

/** Work that maintenance is on for, and what was there before. */
export class Runs {
  readonly #logger = new Logger('MaintenanceMode');
  readonly #open = new Set<Run>();
  /** What runs had set that others replaced before they ended, with what they would have restored. */
  readonly #ended = new Map<RecordEntry, RecordEntry>();
  #closesAt = Infinity;

  constructor(
    private readonly writer: StateWriter,
    private readonly state: CurrentState,
    private readonly timeoutMs: number,
  ) {}

  /** Applies the change, which turns maintenance on for the scope, does the work, and puts back what was before. */
  async run<T>(change: RecordChange, scope: string | undefined, work: () => Promise<T>): Promise<T> {
    let end = nothing;
    const run: Run = { over: new Promise<void>((resolve) => (end = resolve)), putBack: null, isAtWork: true };
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
   * When the application is closed: gives work a moment to end, since much of it does when what it uses is closed, and
   * puts back what was before also if it does not. Takes a bounded time.
   */
  async close(): Promise<void> {
    this.#closesAt = performance.now() + PATIENCE_AT_CLOSE * this.timeoutMs;
    const abort = new AbortController();
    const patience = delay(this.timeoutMs, undefined, { signal: abort.signal }).catch(() => undefined);
    await Promise.race([Promise.all([...this.#open].map(({ over }) => over)), patience]);
    abort.abort();
    // The last one first: it has replaced what the others had set.
    for (const { putBack, isAtWork } of [...this.#open].toReversed()) {
      if (putBack === null) continue;
      if (isAtWork) {
        this.#logger.warn(
          'The application is closed while the work of run() goes on. The maintenance state from before it is restored.',
        );
      }
      await putBack().catch(() => undefined);
    }
  }

  async #run<T>(
    run: Run,
    change: RecordChange,
    scope: string | undefined,
    work: () => Promise<T>,
  ): Promise<T> {
    const { before, after } = await this.writer.update(change, replaceable(scope));
    const name = scope ?? null;
    let restored: Promise<void> | undefined;
    const putBack = (): Promise<void> =>
      (restored ??= this.#restore(name, entryOf(after, name), entryOf(before, name)));
    run.putBack = putBack;
    let result: T;
    try {
      result = await work();
    } catch (error) {
      run.isAtWork = false;
      const [outcome] = await Promise.allSettled([putBack()]);
      if (outcome.status === 'fulfilled') throw error;
      const message = 'The work has failed, and the maintenance state could not be restored.';
      throw new AggregateError([error, outcome.reason], message, { cause: error });
    }
    run.isAtWork = false;
    await putBack();
    return result;
  }

  /** Tries again for a while: a storage that is away for a moment must not leave maintenance on everywhere. */
  async #restore(scope: string | null, ours: RecordEntry, previous: RecordEntry): Promise<void> {
    const endsAt = performance.now() + PATIENCE * this.timeoutMs;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#tryRestore(scope, ours, previous, attempt);
      } catch (error) {
        if (!isPassing(error) || performance.now() > Math.min(endsAt, this.#closesAt)) {
          this.#logger.error(
            `The maintenance state from before run() could not be restored. ` +
              `Maintenance is still on (${describeStatus(this.state.status(scope ?? undefined))}): turn it off by hand.`,
          );
          throw error;
        }
      }
      await delay(Math.min(MIN_PAUSE_MS * 2 ** attempt, this.timeoutMs) * (0.5 + Math.random() / 2));
    }
  }

  async #tryRestore(
    scope: string | null,
    ours: RecordEntry,
    previous: RecordEntry,
    attempt: number,
  ): Promise<void> {
    let target = previous;
    const { before, after } = await this.writer.update((record, now) => {
      // Here, since changes are made one after the other: of two runs that end at once, the second knows of the first.
      target = this.#beforeEnded(previous);
      const restored = restore(scope, ours, target)(record, now);
      if (restored === record) this.#ended.set(ours, target);
      return restored;
    });
    // What a failed attempt has restored after all was not done by anybody else.
    if (before !== after || (attempt > 1 && isSameSetting(entryOf(after, scope), target))) return;
    this.#logger.warn(
      'Somebody else has changed the maintenance state during run(); it stays as they set it.',
    );
  }

  /** What an overlapping run has set, and could not take back when it ended, is not what there was before. */
  #beforeEnded(entry: RecordEntry): RecordEntry {
    const ended = [...this.#ended.keys()].find((candidate) => isSameSetting(candidate, entry));
    const previous = ended && this.#ended.get(ended);
    return previous ? this.#beforeEnded(previous) : entry;
  }
}

/** Whether it may go by itself. */
function isPassing(error: unknown): boolean {
  if (error instanceof UnparsableRecordError) return false;
  return error instanceof MaintenanceStorageError || isConflict(error);
}
