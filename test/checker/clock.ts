/** Milliseconds since 1970, with fractions: finer than `Date.now`, and not moved when the clock of the machine is set. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}
