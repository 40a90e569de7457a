import { Logger } from '@nestjs/common';

/** BullMQ's `Worker`, as far as it is needed here: BullMQ is not imported. */
interface QueueWorker {
  pause(doNotWaitActive: boolean): Promise<void>;
  resume(): void | Promise<void>;
  isPaused(): boolean;
  isRunning(): boolean;
}

/** Pauses the workers of queues while maintenance holds, so that jobs wait in their queue. */
export class QueueWorkers {
  readonly #logger = new Logger('MaintenanceMode');
  /** Those that the application has paused itself are not here, and stay paused. */
  readonly #paused = new Set<QueueWorker>();

  /** @param hosts instances that have a `worker`, each with the question whether it is held back now. */
  constructor(private readonly hosts: ReadonlyMap<object, () => boolean>) {}

  /** Brings them in line with what holds now. */
  align(): void {
    for (const [host, isHeld] of this.hosts) {
      const worker = workerOf(host);
      if (worker === null) continue;
      if (!isHeld()) {
        if (this.#paused.delete(worker)) this.#try(() => worker.resume());
      } else if (worker.isRunning() && !worker.isPaused()) {
        this.#paused.add(worker);
        // Not waiting for the jobs that it is at.
        this.#try(() => worker.pause(true));
      }
    }
  }

  #try(change: () => void | Promise<void>): void {
    Promise.resolve()
      .then(change)
      .catch((error: unknown) => this.#logger.error('A queue worker could not be paused or resumed.', error));
  }
}

/** The host of @nestjs/bullmq throws where its worker is not made yet. */
function workerOf(host: object): QueueWorker | null {
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
