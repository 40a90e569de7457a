/** A member of a value that may not be an object, such as a request or a user; undefined if there is none. */
export function memberOf(target: unknown, name: string): unknown {
  return typeof target === 'object' && target !== null ? Reflect.get(target, name) : undefined;
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

/** Returns the value. If it is a promise, which is not expected here, its rejection must not end the process. */
export function settled<T>(value: T): T {
  if (isThenable(value)) value.then(undefined, () => undefined);
  return value;
}

const MAX_LENGTH = 500;

/** A thrown value as one line for a log. Anything can be thrown, and converting it to text may throw again. */
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

/**
 * Bytes as text: UTF-8, or UTF-16 if they begin with its byte order mark, as what Windows PowerShell writes with `>`. A byte
 * order mark of UTF-8 stays in the text.
 */
export function decodeText(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
