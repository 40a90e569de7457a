import { Logger } from '@nestjs/common';
import { MaintenanceWindowError } from '../errors.js';
import type { MaintenanceChangeVia } from '../interfaces/maintenance-status.js';
import { errorText, MAX_DELAY_MS } from '../validation/values.js';
import type { RecordChange } from './record-change.js';
import { moveEnd } from './run-changes.js';
import { ofScope } from './describe-status.js';
import { entryOf, isSameSetting, type RecordEntry } from './maintenance-record.js';
import type { StateWriter } from './state-writer.js';

/** How long before the end it is moved on: time for several attempts, in time limits of a change. */
const MARGIN = 30;
/** The same as a part of the window, which may be short. */
const MARGIN_PART = 4;

/**
 * The end of what `run()` has set, which counts only if the process dies: while the work runs, it is moved on by the same span
 * before it is reached. A failure is tried again, and never ends the work.
 */
export class Lease {
  readonly #logger = new Logger('MaintenanceMode');
  readonly #spanMs: number;
  /** What this run has set, or may have set by writes of which the outcome is not known. */
  #set: readonly RecordEntry[];
  /** What it is setting. An attempt that has lost a race was not made. */
  #attempt: RecordEntry | null = null;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;
  #isFailing = false;

  constructor(
    private readonly writer: StateWriter,
    private readonly settings: { readonly timeoutMs: number; readonly via: MaintenanceChangeVia },
    private readonly scope: string | null,
    entry: RecordEntry,
  ) {
    this.#set = [entry];
    this.#spanMs = (entry.endsAt ?? 0) - Math.max(entry.startsAt ?? 0, Date.now());
    this.#schedule(entry.endsAt);
  }

  /** Everything that this run may have set for its scope. */
  get entries(): readonly RecordEntry[] {
    return this.#attempt === null ? this.#set : [...this.#set, this.#attempt];
  }

  end(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  get #marginMs(): number {
    return Math.min(MARGIN * this.settings.timeoutMs, this.#spanMs / MARGIN_PART);
  }

  #schedule(endsAt: number | null): void {
    if (endsAt !== null) this.#wait(endsAt - this.#marginMs - Date.now());
  }

  #wait(ms: number): void {
    if (this.#isOver) return;
    const delay = Math.min(Math.max(ms, 1), MAX_DELAY_MS);
    this.#timer = setTimeout(() => (ms > delay ? this.#wait(ms - delay) : void this.#renew()), delay).unref();
  }

  async #renew(): Promise<void> {
    this.#set = this.entries;
    this.#attempt = null;
    try {
      const { before, after } = await this.writer.update(this.#change, { via: this.settings.via });
      if (this.#isOver) return;
      const entry = entryOf(after, this.scope);
      if (!this.#isOurs(entry))
        return this.#warn('was changed during run(): its end is not moved on any more.');
      this.#isFailing = false;
      this.#set = [entry];
      this.#attempt = null;
      if (before !== after) {
        const until = new Date(entry.endsAt ?? 0).toISOString();
        this.#warn(`now ends at ${until}: the work of run() takes longer than planned.`);
      }
      this.#schedule(entry.endsAt);
    } catch (error) {
      if (!this.#isOver) this.#fail(error);
    }
  }

  /** Moves the end on, unless a write of which only the answer was lost has done so. */
  readonly #change: RecordChange = (record, context) => {
    const current = entryOf(record, this.scope);
    if (this.#isOver || !this.#isOurs(current) || current.endsAt === null) return record;
    if (current.endsAt - context.now > this.#marginMs) return record;
    const renewed = moveEnd(this.scope, this.#spanMs)(record, context);
    this.#attempt = entryOf(renewed, this.scope);
    return renewed;
  };

  #isOurs(entry: RecordEntry): boolean {
    return this.entries.some((ours) => isSameSetting(ours, entry));
  }

  /** Tries again, except for what is refused by the limits. */
  #fail(error: unknown): void {
    const isRefused = error instanceof MaintenanceWindowError;
    if (isRefused || !this.#isFailing) {
      const consequence = isRefused ? 'It ends while the work of run() goes on.' : 'It is tried again.';
      this.#warn(`has an end that could not be moved on: ${errorText(error)} ${consequence}`);
    }
    this.#isFailing = true;
    if (!isRefused) this.#wait(Math.min(this.settings.timeoutMs, this.#marginMs / 2));
  }

  #warn(what: string): void {
    this.#logger.warn(`Maintenance${ofScope(this.scope)} ${what}`);
  }
}
