/** A method with `@PauseDuringMaintenance()`. */
export interface PausableMethod {
  /** Carries the metadata of all decorators of the method. */
  readonly handler: (...args: never[]) => unknown;
  /** Whether its callers wait for a promise. */
  readonly isAsync: boolean;
}

/** Whether the methods of one application's providers are held back now. */
export interface JobPauses {
  /** Null where the call is to run; else what it returns in place of that. */
  holdBack(instance: object, method: PausableMethod, args: readonly unknown[]): { result: unknown } | null;
}
