/** The shortest pause after a failed call. */
const MIN_BACKOFF_MS = 50;
/** How long at most after the end of an outage a call is made, with the usual poll intervals. */
const MAX_BACKOFF_MS = 5_000;
/** The same for poll intervals that are longer than that. */
const MAX_BACKOFF_OF_RARE_POLLS_MS = 30_000;

/**
 * The pause before a failed call is made again: exponential backoff with full jitter, so that instances do not call at the same
 * moment. A few seconds at most, or a poll interval if that is longer: a storage that is down gets no more calls than one
 * that works, and an instance is current again soon after the outage, whatever its length.
 *
 * @param failures in a row, at least 1.
 * @param random at least 0, below 1.
 */
export function backoff(pollIntervalMs: number, failures: number, random = Math.random()): number {
  const longest = Math.min(Math.max(MAX_BACKOFF_MS, pollIntervalMs), MAX_BACKOFF_OF_RARE_POLLS_MS);
  return Math.max(MIN_BACKOFF_MS, random * Math.min(longest, pollIntervalMs * 2 ** failures));
}
