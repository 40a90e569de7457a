import { memberOf } from '../validation/member.js';

/** How soon a job is looked at again that could only be put back as delayed; its worker is paused by then. */
const DELAY_MS = 1000;

/** What BullMQ gives to a processor, as far as it is needed here: BullMQ is not imported. */
export interface QueueJob {
  readonly token?: string;
  moveToDelayed(timestamp: number, token?: string): Promise<void>;
  /** Since BullMQ 5.46: to the front of the queue, so that the order stays. */
  moveToWait?(token?: string): Promise<unknown>;
}

/** BullMQ knows it by its name: the job stands where it was moved to, and has neither failed nor been completed. */
class JobHeldBack extends Error {
  override readonly name = 'DelayedError';

  constructor(options?: ErrorOptions) {
    super('Put back by @PauseDuringMaintenance().', options);
  }
}

/** The job that a worker has fetched, where it is the worker who calls: it alone hands over the job's lock. */
export function fetchedJob([job, token]: readonly unknown[]): QueueJob | null {
  return typeof token === 'string' &&
    memberOf(job, 'token') === token &&
    typeof memberOf(job, 'moveToDelayed') === 'function'
    ? (job as QueueJob)
    : null;
}

/**
 * Puts a job back that its worker has already fetched. No attempt is used up.
 *
 * @returns a promise that always rejects, since that is how BullMQ is told; never an unhandled rejection. If Redis did not
 * take it, BullMQ finds the job stalled and puts it back itself.
 */
export function putBack(job: QueueJob): Promise<never> {
  const moved = move(job).then(
    () => Promise.reject(new JobHeldBack()),
    (cause: unknown) => Promise.reject(new JobHeldBack({ cause })),
  );
  moved.catch(() => undefined);
  return moved;
}

async function move(job: QueueJob): Promise<void> {
  if (job.moveToWait) await job.moveToWait(job.token);
  else await job.moveToDelayed(Date.now() + DELAY_MS, job.token);
}
