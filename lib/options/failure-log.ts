import type { Logger } from '@nestjs/common';

const QUIET_MS = 60_000;

interface Outage {
  lastFailedAt: number;
  untold: number;
}

/**
 * Logs a failure once, however often clients make it happen: again only after a minute without one, with the number of
 * failures that were not logged in between. Successes do not count: a client could alternate them with failures.
 */
export class FailureLog {
  readonly #outages = new Map<string, Outage>();

  constructor(private readonly logger: Pick<Logger, 'error'>) {}

  /** @param what failed; one of a fixed number of names. Never throws. */
  failed(what: string, message: string): void {
    const now = performance.now();
    const outage = this.#outages.get(what);
    if (outage && now - outage.lastFailedAt < QUIET_MS) {
      outage.lastFailedAt = now;
      outage.untold += 1;
      return;
    }
    this.#outages.set(what, { lastFailedAt: now, untold: 0 });
    const untold = outage?.untold ?? 0;
    this.#log(untold === 0 ? message : `${message} (Not logged since the last such line: ${untold}.)`);
  }

  /** A logger of the application's own must not spoil an answer. */
  #log(message: string): void {
    try {
      this.logger.error(message);
    } catch {
      // Nowhere to tell it.
    }
  }
}
