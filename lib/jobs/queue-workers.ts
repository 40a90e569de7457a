import { Logger } from '@nestjs/common';
import { type QueueWorker, WorkerPause, workerOf } from './worker-pause.js';

/** Pauses the workers of queues while maintenance holds, so that jobs wait in their queue. */
export class QueueWorkers {
  readonly #logger = new Logger('MaintenanceMode');
  readonly #pauses = new WeakMap<QueueWorker, WorkerPause>();

  /** @param hosts instances that have a `worker`, each with the question whether it is held back now. */
  constructor(private readonly hosts: ReadonlyMap<object, () => boolean>) {}

  /** Brings them in line with what holds now. */
  align(): void {
    for (const [host, isHeld] of this.hosts) {
      const worker = workerOf(host);
      if (worker === null) continue;
      let pause = this.#pauses.get(worker);
      if (!pause) this.#pauses.set(worker, (pause = new WorkerPause(worker, this.#failed)));
      if (isHeld()) pause.begin();
      else pause.end();
    }
  }

  readonly #failed = (error: unknown): void =>
    this.#logger.error('A queue worker could not be paused or resumed.', error);
}
