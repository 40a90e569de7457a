/** Longer delays overflow setTimeout's 32 bits and fire at once. */
export const MAX_DELAY_MS = 2 ** 31 - 1;

/** The time that a call had is over. */
export class TimeLimitExceeded extends Error {
  override readonly name = 'TimeLimitExceeded';
}

/** What a promise is settled by, until there is the promise. */
export const nothing = (): void => undefined;

/** A timer that fires later than this was held up: something has blocked the event loop, or the machine slept. */
const TOLERATED_DELAY_MS = 20;

/**
 * The time that one operation has, over all the calls that it makes.
 *
 * Time during which this process could not listen does not count: what was answered meanwhile waits in a socket, and is
 * heard before the limit is.
 */
export class TimeLimit {
  #timer: NodeJS.Timeout | undefined;
  #dueAt = 0;
  #isOver = false;
  readonly #waiting = new Set<() => void>();

  constructor(readonly ms: number) {
    this.#arm(ms);
  }

  /** What is left, in whole milliseconds, at least 1. `performance.now`: the clock of the day may be set meanwhile. */
  get leftMs(): number {
    return Math.max(1, Math.floor(this.#dueAt - performance.now()));
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /**
   * Makes a call and rejects when the time is over. The call itself goes on, its outcome is not looked at; one whose time
   * is over before it begins is not made.
   */
  async race<T>(call: () => Promise<T>, message: string): Promise<T> {
    if (this.#isOver) throw new TimeLimitExceeded(message);
    let reject = nothing;
    const limit = new Promise<never>((_, no) => (reject = () => no(new TimeLimitExceeded(message))));
    this.#waiting.add(reject);
    // A process that waits for nothing but a storage that hangs would end without a word.
    this.#timer?.ref();
    try {
      return await Promise.race([call(), limit]);
    } finally {
      this.#waiting.delete(reject);
      if (this.#waiting.size === 0) this.#timer?.unref();
    }
  }

  /** Ends the limit; for when the operation is done. */
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
    // What waits gets one more turn of the event loop, in which sockets are read.
    setImmediate(() => this.#waiting.forEach((reject) => reject()));
  }
}

/** Runs a call and rejects when it takes longer than `ms`. */
export async function withTimeLimit<T>(call: () => Promise<T>, ms: number, message: string): Promise<T> {
  const limit = new TimeLimit(ms);
  try {
    return await limit.race(call, message);
  } finally {
    limit.release();
  }
}
