/** A method with `@PauseDuringMaintenance()`. */
export interface PausableMethod {
  /** Carries the metadata of all decorators of the method. */
  readonly handler: (...args: never[]) => unknown;
  /** What it does while no maintenance holds. */
  readonly original: (this: object, ...args: unknown[]) => unknown;
  /** What its callers get in place of a result. */
  readonly emptyResult: () => unknown;
}

/** Calls the methods of one application's providers, or skips them. */
export interface JobPauses {
  call(instance: object, method: PausableMethod, args: readonly unknown[]): unknown;
}
