/** An outage that comes back within this many times the quiet time after its end was reported counts as flapping. */
const CALM_FACTOR = 4;
const MAX_QUIET_MS = 60_000;

/**
 * Reports an outage once, and its end when nothing has failed for a while. That while doubles each time the outage comes
 * back soon, so failures and recoveries alternate, and a flapping storage does not fill the log.
 */
export class Outage {
  #isReported = false;
  #quietMs: number;
  #endedAt = -Infinity;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly minQuietMs: number,
    private readonly reportEnd: () => void,
  ) {
    this.#quietMs = minQuietMs;
  }

  /** Something has failed. Returns whether to report it. */
  begin(): boolean {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#isReported) return false;
    const isCalm = performance.now() - this.#endedAt > CALM_FACTOR * this.#quietMs;
    this.#quietMs = isCalm ? this.minQuietMs : Math.min(2 * this.#quietMs, MAX_QUIET_MS);
    this.#isReported = true;
    return true;
  }

  /** The storage works again. */
  end(): void {
    if (!this.#isReported || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#isReported = false;
      this.#endedAt = performance.now();
      this.reportEnd();
    }, this.#quietMs).unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
