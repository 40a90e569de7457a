import { Logger } from '@nestjs/common';
import { type PausableMethod, pausableProcess } from '../../decorators/maintenance.decorators.js';
import {
  fetchedJob,
  putBack,
  type QueueJob,
  type QueueWorker,
  workerOf,
  WorkerPause,
} from '../../internals/bullmq.js';
import { isProcessor } from '../../internals/nest.js';
import type { JobQueues } from '../../policy/paused-methods.js';
import type { CurrentState } from '../../state/current-state.js';

/** Workers of BullMQ: pauses them during maintenance, so that jobs wait in their queue, and puts fetched jobs back. */
export class BullmqIntegration implements JobQueues {
  readonly #logger = new Logger('MaintenanceMode');
  readonly #pauses = new WeakMap<QueueWorker, WorkerPause>();
  /** Jobs whose `process` has begun to run: they are never put back. */
  readonly #begun = new WeakSet<QueueJob>();
  #hosts: ReadonlyMap<object, () => boolean> = new Map();

  constructor(private readonly state: CurrentState) {}

  begin(instance: object, method: PausableMethod, args: readonly unknown[]): void {
    const job = jobOf(instance, method, args);
    if (job) this.#begun.add(job);
  }

  putBack(instance: object, method: PausableMethod, args: readonly unknown[]): Promise<never> | null {
    const job = jobOf(instance, method, args);
    if (!job || this.#begun.has(job)) return null;
    this.#align();
    return putBack(job);
  }

  pauseWorkers(hosts: ReadonlyMap<object, () => boolean>): void {
    if (hosts.size === 0) return;
    this.#hosts = hosts;
    this.state.listen(() => this.#align());
    this.#align();
  }

  /** Pauses or resumes each worker according to the current state. */
  #align(): void {
    for (const [host, isBlocked] of this.#hosts) {
      const worker = workerOf(host);
      if (worker === null) continue;
      let pause = this.#pauses.get(worker);
      if (!pause) this.#pauses.set(worker, (pause = new WorkerPause(worker, this.#failed)));
      if (isBlocked()) pause.begin();
      else pause.end();
    }
  }

  readonly #failed = (error: unknown): void =>
    this.#logger.error('A queue worker could not be paused or resumed.', error);
}

/** The job of a call of `process` by @nestjs/bullmq; null for calls by the application. */
function jobOf(instance: object, method: PausableMethod, args: readonly unknown[]): QueueJob | null {
  const isProcess = isProcessor(instance.constructor) && pausableProcess(instance) === method;
  return isProcess ? fetchedJob(args) : null;
}
