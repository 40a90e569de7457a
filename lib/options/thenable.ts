export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

/** A value that is no promise. One that is was not asked for: nobody will look at it, so it must not crash the process. */
export function settled<T>(value: T): T {
  if (isThenable(value)) value.then(undefined, () => undefined);
  return value;
}
