/** How soon a job that was put back is looked at again; its worker is paused by then. */
const DELAY_MS = 1000;

/** What BullMQ gives to a processor, as far as it is needed here: BullMQ is not imported. */
export interface QueueJob {
  readonly token?: string;
  moveToDelayed(timestamp: number, token?: string): Promise<void>;
}

/** BullMQ knows it by its name: the job stands where it was moved to, and has neither failed nor been completed. */
class JobHeldBack extends Error {
  override readonly name = 'DelayedError';

  constructor(options?: ErrorOptions) {
    super('Held back by @PauseDuringMaintenance().', options);
  }
}

export function isQueueJob(value: unknown): value is QueueJob {
  return (
    typeof value === 'object' &&
    value !== null &&
    'moveToDelayed' in value &&
    typeof value.moveToDelayed === 'function'
  );
}

/**
 * Puts a job back that its worker has already fetched. No attempt is used up.
 *
 * @throws always, since that is how BullMQ is told. Where Redis did not take it, BullMQ finds the job stalled and
 * puts it back itself.
 */
export async function putBack(job: QueueJob, token: unknown): Promise<never> {
  try {
    await job.moveToDelayed(Date.now() + DELAY_MS, typeof token === 'string' ? token : job.token);
  } catch (cause) {
    throw new JobHeldBack({ cause });
  }
  throw new JobHeldBack();
}
