/**
 * What came of waiting for the work in flight.
 *
 * @publicApi
 */
export interface DrainResult {
  /** Whether all of it has ended. */
  readonly drained: boolean;
  /** How many requests and jobs had not when the time ran out. */
  readonly remaining: number;
}
