/** BullMQ's `Worker`, as far as it is needed here: BullMQ is not imported. */
export interface QueueWorker {
  pause(doNotWaitActive?: boolean): Promise<void>;
  resume(): void | Promise<void>;
  isPaused(): boolean;
  isRunning(): boolean;
  /** Set when it is being closed. */
  readonly closing?: unknown;
}

/** How often a worker is asked whether it works again: BullMQ has no event for it. */
const CHECK_MS = 50;

/**
 * The pause of one worker. The application may pause and resume it as well, at any time: what it wished last holds when
 * maintenance is over.
 */
export class WorkerPause {
  readonly #pause: () => Promise<void>;
  readonly #resume: () => void | Promise<void>;
  /** Whether the application has paused it. */
  #isWished: boolean;
  #isOurs = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly worker: QueueWorker,
    private readonly failed: (error: unknown) => void,
  ) {
    const pause = worker.pause.bind(worker);
    const resume = worker.resume.bind(worker);
    // Not waiting for the jobs that it is at.
    this.#pause = () => pause(true);
    this.#resume = resume;
    this.#isWished = worker.isPaused();
    worker.pause = (doNotWaitActive) => {
      this.#isWished = true;
      return pause(doNotWaitActive);
    };
    worker.resume = () => {
      this.#isWished = false;
      return this.#isOurs ? undefined : resume();
    };
  }

  begin(): void {
    clearTimeout(this.#timer);
    const { worker } = this;
    // One that was never started is not to be started at the end.
    if (this.#isOurs || !(worker.isRunning() || worker.isPaused())) return;
    this.#isOurs = true;
    if (!worker.isPaused()) this.#try(this.#pause);
  }

  end(): void {
    if (!this.#isOurs) return;
    this.#isOurs = false;
    if (!this.#isWished) this.#restart();
  }

  /**
   * BullMQ before 5.79 ignores `resume()` while the loop of the worker has not noticed the pause yet, and later versions may
   * miss the moment in which it ends. So it is asked until it works, and once more.
   */
  #restart(wasWorking = false): void {
    const { worker } = this;
    if (this.#isOurs || this.#isWished || worker.closing) return;
    const isWorking = worker.isRunning() && !worker.isPaused();
    if (isWorking && wasWorking) return;
    if (!isWorking) this.#try(this.#resume);
    this.#timer = setTimeout(() => this.#restart(isWorking), CHECK_MS).unref();
  }

  #try(change: () => void | Promise<void>): void {
    Promise.resolve().then(change).catch(this.failed);
  }
}

/** The host of @nestjs/bullmq throws where its worker is not made yet. */
export function workerOf(host: object): QueueWorker | null {
  try {
    const worker: unknown = Reflect.get(host, 'worker');
    return isWorker(worker) ? worker : null;
  } catch {
    return null;
  }
}

function isWorker(value: unknown): value is QueueWorker {
  return (
    typeof value === 'object' &&
    value !== null &&
    ['pause', 'resume', 'isPaused', 'isRunning'].every(
      (name) => typeof Reflect.get(value, name) === 'function',
    )
  );
}
