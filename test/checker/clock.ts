/**
 * Milliseconds of the machine's monotonic clock, which all processes share. `performance.timeOrigin` they do not: each measures
 * it at its start, on a busy machine wrong by as much as the process was held up meanwhile.
 */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
