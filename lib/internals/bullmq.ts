import { memberOf } from '../validation/values.js';

/*
 * The members of BullMQ that this package uses. BullMQ is not imported: an application may not have it, or another copy.
 */

/** The delay of a job that could only be put back as delayed; its worker is paused by then. */
const DELAY_MS = 1000;

/** How often to check whether a worker is running again: BullMQ has no event for it. */
const CHECK_MS = 50;

/** The job that BullMQ passes to a processor. */
export interface QueueJob {
  readonly token?: string;
  moveToDelayed?(timestamp: number, token?: string): Promise<void>;
  /** Since BullMQ 5.46: to the front of the queue, so that the order stays. */
  moveToWait?(token?: string): Promise<unknown>;
}

/** BullMQ recognises it by its name: the job has been moved, and has neither failed nor completed. */
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
  /** Set while it is being closed. */
  readonly closing?: unknown;
}

/** The job that a worker has fetched; null if the caller is not the worker, which alone passes the token of the job's lock. */
export function fetchedJob([job, token]: readonly unknown[]): QueueJob | null {
  return typeof token === 'string' && memberOf(job, 'token') === token ? (job as QueueJob) : null;
}

/**
 * Puts a job back that its worker has already fetched. This uses up no attempt.
 *
 * @returns a promise that always rejects, as BullMQ requires; never an unhandled rejection. If Redis did not take the job,
 * BullMQ later finds it stalled and puts it back itself.
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
 * The pause of one worker. The application may pause and resume the worker too, at any time: its last call takes effect when
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
    // `true`: does not wait for the jobs that it is processing.
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
    // A worker that was never started must not be started at the end.
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
   * BullMQ before 5.79 ignores `resume()` until the loop of the worker has noticed the pause, and later versions may miss the
   * moment in which the loop ends. So this tries again until the worker runs, and checks once more.
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

/** The worker of a host of @nestjs/bullmq, which throws if there is none yet. */
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
