/** A member of what may be no object at all, such as other people's requests and users; undefined where there is none. */
export function memberOf(target: unknown, name: string): unknown {
  return typeof target === 'object' && target !== null ? Reflect.get(target, name) : undefined;
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

/** A value that is no promise. One that is was not asked for: nobody will look at it, so it must not crash the process. */
export function settled<T>(value: T): T {
  if (isThenable(value)) value.then(undefined, () => undefined);
  return value;
}

const MAX_LENGTH = 500;

/** What was thrown, as one line for a log. Other people's code throws anything, and what it throws may throw again. */
export function errorText(error: unknown): string {
  const text = textOf(error).replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}...` : text;
}

function textOf(error: unknown): string {
  try {
    return String(error);
  } catch {
    return 'an error that cannot be shown as text';
  }
}

/** Longer delays overflow setTimeout's 32 bits and fire at once. */
export const MAX_DELAY_MS = 2 ** 31 - 1;
