/** Longer delays overflow setTimeout's 32 bits and fire at once. */
export const MAX_DELAY_MS = 2 ** 31 - 1;

/**
 * Calls back at a time of the clock, or a while before where that is far ahead: who is called looks at the clock, and
 * sets it again. Does not keep the process alive.
 */
export class ClockTimer {
  #timeout: NodeJS.Timeout | undefined;

  constructor(private readonly callback: () => void) {}

  /** @param time milliseconds since 1970; null: never. Replaces what was set. */
  set(time: number | null): void {
    this.clear();
    if (time === null) return;
    const delay = Math.min(Math.max(time - Date.now(), 1), MAX_DELAY_MS);
    this.#timeout = setTimeout(this.callback, delay).unref();
  }

  clear(): void {
    clearTimeout(this.#timeout);
  }
}
