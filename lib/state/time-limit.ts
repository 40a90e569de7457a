/** A call has taken longer than its limit. */
export class TimeLimitExceeded extends Error {
  override readonly name = 'TimeLimitExceeded';
}

/** Stands in for a promise's `resolve` or `reject` until there is the promise. */
export const noop = (): void => undefined;

/** A timer that fires later than this was delayed: something has blocked the event loop, or the machine slept. */
const TOLERATED_DELAY_MS = 20;

/**
 * The time limit of one operation, over all the calls that it makes.
 *
 * Time during which the event loop was blocked does not count: the answer may be waiting in a socket, and is read before the
 * limit ends.
 */
export class TimeLimit {
  #timer: NodeJS.Timeout | undefined;
  #dueAt = 0;
  #isOver = false;
  readonly #waiting = new Set<() => void>();

  constructor(readonly ms: number) {
    this.#arm(ms);
  }

  /** What is left, in whole milliseconds, at least 1. By `performance.now`: the system clock may be set meanwhile. */
  get leftMs(): number {
    return Math.max(1, Math.floor(this.#dueAt - performance.now()));
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /**
   * Makes a call and rejects when the time is over. The call itself continues, and its outcome is ignored. If the time is over
   * before the call begins, it is not made.
   */
  async race<T>(call: () => Promise<T>, message: string): Promise<T> {
    if (this.#isOver) throw new TimeLimitExceeded(message);
    let reject = noop;
    const limit = new Promise<never>((_, no) => (reject = () => no(new TimeLimitExceeded(message))));
    this.#waiting.add(reject);
    // A process that waits only for a storage that hangs would exit silently.
    this.#timer?.ref();
    try {
      return await Promise.race([call(), limit]);
    } finally {
      this.#waiting.delete(reject);
      if (this.#waiting.size === 0) this.#timer?.unref();
    }
  }

  /** Ends the limit when the operation is done. */
  release(): void {
    clearTimeout(this.#timer);
  }

  #arm(ms: number): void {
    this.#dueAt = performance.now() + ms;
    this.#timer = setTimeout(() => this.#fire(), ms);
    if (this.#waiting.size === 0) this.#timer.unref();
  }

  #fire(): void {
    const delayMs = performance.now() - this.#dueAt;
    if (delayMs > TOLERATED_DELAY_MS) this.#arm(Math.min(delayMs, this.ms));
    else this.#end();
  }

  #end(): void {
    this.#isOver = true;
    // One more turn of the event loop, in which sockets are read.
    setImmediate(() => this.#waiting.forEach((reject) => reject()));
  }
}

/** Makes a call and rejects if it takes longer than `ms`. */
export async function withTimeLimit<T>(call: () => Promise<T>, ms: number, message: string): Promise<T> {
  const limit = new TimeLimit(ms);
  try {
    return await limit.race(call, message);
  } finally {
    limit.release();
  }
}
