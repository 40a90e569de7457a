import type { History } from './history.js';
import { lossesOf } from './invariants/losses.js';
import type { Write } from './writes.js';

/** Whether another process was writing at the same time, or something that loses data was. */
export function contention(history: History, writes: readonly Write[]): (write: Write) => boolean {
  const isLossy = lossesOf(history);
  return (write) =>
    isLossy(write.from) ||
    isLossy(write.to) ||
    writes.some(
      (other) => other.process !== write.process && other.from <= write.to && other.to >= write.from,
    );
}
