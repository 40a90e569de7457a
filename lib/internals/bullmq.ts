import { memberOf } from '../validation/values.js';

/*
 * BullMQ, as far as it is needed here. It is not imported: an application may not have it, or have another copy.
 */

/** How soon a job is looked at again that could only be put back as delayed; its worker is paused by then. */
const DELAY_MS = 1000;

/** How often a worker is asked whether it works again: BullMQ has no event for it. */
const CHECK_MS = 50;

/** What BullMQ gives to a processor. */
export interface QueueJob {
  readonly token?: string;
  moveToDelayed?(timestamp: number, token?: string): Promise<void>;
  /** Since BullMQ 5.46: to the front of the queue, so that the order stays. */
  moveToWait?(token?: string): Promise<unknown>;
}

/** BullMQ knows it by its name: the job stands where it was moved to, and has neither failed nor been completed. */
class JobPutBack extends Error {
  override readonly name = 'DelayedError';

  constructor(options?: ErrorOptions) {
    super('Put back by @PauseDuringMaintenance().', options);
  }
}

/** BullMQ's `Worker`. */
export interface QueueWorker {
  pause(doNotWaitActive?: boolean): Promise<void>;
  resume(): void | Promise<void>;
  isPaused(): boolean;
  isRunning(): boolean;
  /** Set when it is being closed. */
  readonly closing?: unknown;
}

/** The job that a worker has fetched, if the worker calls: it alone hands over the job's lock. Null for other calls. */
export function fetchedJob([job, token]: readonly unknown[]): QueueJob | null {
  return typeof token === 'string' && memberOf(job, 'token') === token ? (job as QueueJob) : null;
}

/**
 * Puts a job back that its worker has already fetched. No attempt is used up.
 *
 * @returns a promise that always rejects, since that is how BullMQ is told; never an unhandled rejection. If Redis did not
 * take it, BullMQ finds the job stalled and puts it back itself.
 */
export function putBack(job: QueueJob): Promise<never> {
  const moved = move(job).then(
    () => Promise.reject(new JobPutBack()),
    (cause: unknown) => Promise.reject(new JobPutBack({ cause })),
  );
  moved.catch(() => undefined);
  return moved;
}

async function move(job: QueueJob): Promise<void> {
  if (job.moveToWait) await job.moveToWait(job.token);
  else if (job.moveToDelayed) await job.moveToDelayed(Date.now() + DELAY_MS, job.token);
  else throw new Error('This version of BullMQ cannot put a job back: it waits until it counts as stalled.');
}

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

/** The host of @nestjs/bullmq throws if its worker is not made yet. */
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
