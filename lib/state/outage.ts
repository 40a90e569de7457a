/** An outage whose end was told of is taken for flapping if it comes back within so many times the quiet time. */
const CALM_FACTOR = 4;
const MAX_QUIET_MS = 60_000;

/**
 * Tells of an outage once, and of its end once nothing has failed for a while; for longer each time that it comes
 * back soon. Failures and recoveries alternate, and a storage that flaps does not fill the log.
 */
export class Outage {
  #isTold = false;
  #quietMs: number;
  #endedAt = -Infinity;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly minQuietMs: number,
    private readonly tellEnd: () => void,
  ) {
    this.#quietMs = minQuietMs;
  }

  /** Something has failed. Returns whether it has to be told. */
  begin(): boolean {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#isTold) return false;
    const isCalm = performance.now() - this.#endedAt > CALM_FACTOR * this.#quietMs;
    this.#quietMs = isCalm ? this.minQuietMs : Math.min(2 * this.#quietMs, MAX_QUIET_MS);
    this.#isTold = true;
    return true;
  }

  /** It works again. */
  end(): void {
    if (!this.#isTold || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#isTold = false;
      this.#endedAt = performance.now();
      this.tellEnd();
    }, this.#quietMs).unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
