import { MaintenanceWindowError } from '../errors.js';
import type { MaintenanceChangeVia } from '../interfaces/maintenance-status.js';
import { errorText, MAX_DELAY_MS } from '../validation/values.js';
import { checkDuration } from './change-options.js';
import type { RecordChange } from './changes.js';
import { type Log, ofScope } from './state-log.js';
import { entryOf, isSameSetting, type RecordEntry, sinceOf, withEntry } from './maintenance-record.js';
import type { CurrentState } from './current-state.js';
import type { StateWriter } from './state-writer.js';

/**
 * The end of what `run()` has set, which counts only if the process dies: while the work runs, it is moved on by the same span
 * before it is reached. A failure is tried again, and never ends the work.
 */
export class Lease {
  /** Null if the run has no end. */
  readonly #spanMs: number | null;
  readonly #began: number | null;
  readonly #plannedEnd: number | null;
  readonly #stopListening: () => void;
  #isRenewing = false;
  /** What this run has set, or may have set by writes of which the outcome is not known. */
  #set: readonly RecordEntry[];
  /** What it is setting. An attempt that has lost a race was not made. */
  #attempt: RecordEntry | null = null;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;
  #isFailing = false;

  constructor(
    private readonly writer: StateWriter,
    private readonly state: CurrentState,
    private readonly settings: { readonly timeoutMs: number; readonly via: MaintenanceChangeVia },
    private readonly log: Log,
    private readonly scope: string | null,
    entry: RecordEntry,
  ) {
    this.#set = [entry];
    this.#spanMs = entry.endsAt === null ? null : entry.endsAt - Date.now();
    this.#began = sinceOf(entry);
    this.#plannedEnd = entry.endsAt;
    // Others may move an end nearer, or plan a next stage.
    this.#stopListening = state.listen(() => this.#schedule());
    this.#schedule();
  }

  /** Everything that this run may have set for its scope. */
  get entries(): readonly RecordEntry[] {
    return this.#attempt === null ? this.#set : [...this.#set, this.#attempt];
  }

  end(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#stopListening();
  }

  #schedule(): void {
    if (this.#isRenewing || this.#isFailing) return;
    clearTimeout(this.#timer);
    const { record } = this.state;
    const entry = record && entryOf(record, this.scope);
    // The storage decides whether somebody else has replaced it.
    const isContinued = entry !== null && this.#isContinued(entry);
    const at = isContinued ? renewalAt(entry, this.#spanMs) : Date.now();
    if (at !== null) this.#wait(at - Date.now());
  }

  #wait(ms: number): void {
    if (this.#isOver) return;
    const delay = Math.min(Math.max(ms, 1), MAX_DELAY_MS);
    this.#timer = setTimeout(() => (ms > delay ? this.#wait(ms - delay) : void this.#renew()), delay).unref();
  }

  async #renew(): Promise<void> {
    this.#set = this.entries;
    this.#attempt = null;
    this.#isRenewing = true;
    try {
      const { before, after } = await this.writer.update(this.#change, { via: this.settings.via });
      if (this.#isOver) return;
      const entry = entryOf(after, this.scope);
      if (!this.#isContinued(entry)) return this.#giveUp();
      this.#isFailing = false;
      if (this.#isOurs(entry)) this.#set = [entry];
      this.#attempt = null;
      if (before !== after) this.#tellEnd(entry.next?.endsAt ?? entry.endsAt);
    } catch (error) {
      if (!this.#isOver) this.#fail(error);
    } finally {
      this.#isRenewing = false;
    }
    if (!this.#isOver) this.#schedule();
  }

  /** Moves the end on, unless a write of which only the answer was lost has done so. */
  readonly #change: RecordChange = (record, context) => {
    const current = entryOf(record, this.scope);
    if (this.#isOver || !this.#isContinued(current)) return record;
    const renewed = moveEnds(this.scope, this.#spanMs)(record, context);
    // What somebody else has updated stays theirs: it is not taken back when the work ends.
    if (renewed !== record && this.#isOurs(current)) this.#attempt = entryOf(renewed, this.scope);
    return renewed;
  };

  #isOurs(entry: RecordEntry): boolean {
    return this.entries.some((ours) => isSameSetting(ours, entry));
  }

  /** Whether it is what the run has set, also if somebody else has updated that since: an update keeps when it began. */
  #isContinued(entry: RecordEntry): boolean {
    if (entry.state === 'off') return false;
    return this.#isOurs(entry) || (entry.since ?? entry.startsAt) === this.#began;
  }

  #giveUp(): void {
    this.end();
    if (this.#spanMs !== null) this.#warn('was changed during run(): its end is not moved on any more.');
  }

  /** A warning once the end that was planned is over. */
  #tellEnd(endsAt: number | null): void {
    const what = `Maintenance${ofScope(this.scope)} now ends at ${new Date(endsAt ?? 0).toISOString()}`;
    const isLate = this.#plannedEnd !== null && Date.now() >= this.#plannedEnd;
    if (isLate) this.log.warn(`${what}: the work of run() takes longer than planned.`);
    else this.log.log(`${what}: the work of run() goes on.`);
  }

  /** Tries again, except for what is refused by the limits. */
  #fail(error: unknown): void {
    const isRefused = error instanceof MaintenanceWindowError;
    if (isRefused || !this.#isFailing) {
      const consequence = isRefused ? 'It ends while the work of run() goes on.' : 'It is tried again.';
      this.#warn(`has an end that could not be moved on: ${errorText(error)} ${consequence}`);
    }
    this.#isFailing = true;
    if (isRefused) this.end();
    else this.#wait(Math.min(this.settings.timeoutMs, (this.#spanMs ?? Infinity) / 8));
  }

  #warn(what: string): void {
    this.log.warn(`Maintenance${ofScope(this.scope)} ${what}`);
  }
}

/**
 * The change that moves on what would end within half of the span, from now if it is over: the end of the present stage, and
 * that of the next one. It is not in the history, which would be full of them.
 */
function moveEnds(scope: string | null, spanMs: number | null): RecordChange {
  return (record, { now, limits }) => {
    const entry = entryOf(record, scope);
    const began = sinceOf(entry);
    let moved = entry;
    for (const { stage, ms } of endsOf(entry, spanMs)) {
      if (now < stage.endsAt - ms / 2) continue;
      const endsAt = Math.max(stage.endsAt, now) + ms;
      checkDuration(stage.startsAt ?? began ?? now, endsAt, limits);
      moved =
        stage === entry ? { ...moved, endsAt } : { ...moved, next: moved.next && { ...moved.next, endsAt } };
    }
    if (moved === entry) return record;
    const since = began === entry.startsAt ? null : began;
    return withEntry(record, scope, { ...moved, since, updatedAt: now, revision: record.revision + 1 });
  };
}

/** When the next end has to be moved on: when half of its span is left. Null: nothing ends. */
function renewalAt(entry: RecordEntry, spanMs: number | null): number | null {
  const times = endsOf(entry, spanMs).map(({ stage, ms }) => stage.endsAt - ms / 2);
  return times.length === 0 ? null : Math.min(...times);
}

/** The stages with an end that counts, each with the span to move it by; without one of the run, that of the next stage itself. */
function endsOf(
  entry: RecordEntry,
  spanMs: number | null,
): { readonly stage: RecordEntry & { readonly endsAt: number }; readonly ms: number }[] {
  const { next } = entry;
  const ends: ReturnType<typeof endsOf> = [];
  if (hasEnd(entry) && spanMs !== null && (next === null || entry.endsAt < next.startsAt))
    ends.push({ stage: entry, ms: spanMs });
  if (next !== null && hasEnd(next)) ends.push({ stage: next, ms: spanMs ?? next.endsAt - next.startsAt });
  return ends;
}

function hasEnd<T extends RecordEntry>(entry: T): entry is T & { readonly endsAt: number } {
  return entry.endsAt !== null;
}
