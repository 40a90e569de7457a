import { MaintenanceOptionsError } from '../errors.js';

/** The value at a path is not what was expected. Callers turn it into their own kind of error. */
export class InvalidValue extends Error {
  override readonly name = 'InvalidValue';

  constructor(
    readonly path: string,
    readonly expected: string,
    readonly got: string,
  ) {
    super(`expected ${expected}, got ${got}`);
  }
}

/** Returns the value with its type, or throws `InvalidValue`. */
export type Check<T> = (value: unknown, path: string) => T;

export type Checked<C> = C extends Check<infer T> ? T : never;

/** Describes a value, short enough for one line of a log. */
export function describe(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value.length > 60 ? `a string of ${value.length} characters` : JSON.stringify(value);
    case 'function':
      return 'a function';
    case 'object':
      if (value === null) return 'null';
      if (Array.isArray(value)) return 'an array';
      return value instanceof Date || value instanceof RegExp ? String(value) : 'an object';
    case 'bigint':
    case 'symbol':
      return `a ${typeof value}`;
    default:
      return String(value);
  }
}

/** A check that the value satisfies the predicate. */
export function is<T>(expected: string, test: (value: unknown) => value is T): Check<T> {
  return (value, path) => {
    if (!test(value)) throw new InvalidValue(path, expected, describe(value));
    return value;
  };
}

export const boolean = is('true or false', (value) => typeof value === 'boolean');

/** A function. Its parameters and result cannot be checked. */
export function func<F extends (...args: never[]) => unknown>(expected: string): Check<F> {
  return is(expected, (value): value is F => typeof value === 'function');
}

export function string({ min = 0, max = Infinity } = {}): Check<string> {
  const expected = `a string${min > 1 ? ` of at least ${min} characters` : min === 1 ? ' that is not empty' : ''}${
    max < Infinity ? ` of at most ${max} characters` : ''
  }`;
  return is(
    expected,
    (value): value is string => typeof value === 'string' && value.length >= min && value.length <= max,
  );
}

/** A string with this many characters. Its error never repeats the value. */
export function secret(min: number, max: number): Check<string> {
  return (value, path) => {
    if (typeof value === 'string' && value.length >= min && value.length <= max) return value;
    const got = typeof value === 'string' ? `${value.length} characters` : `a value of type ${typeof value}`;
    throw new InvalidValue(path, `a secret of at least ${min} characters, and at most ${max}`, got);
  };
}

export function integer(min: number, max: number): Check<number> {
  return is(
    `a whole number from ${min} to ${max}`,
    (value): value is number =>
      Number.isInteger(value) && (value as number) >= min && (value as number) <= max,
  );
}

export function oneOf<const T extends readonly (string | boolean)[]>(...allowed: T): Check<T[number]> {
  return is(allowed.map((value) => JSON.stringify(value)).join(' or '), (value): value is T[number] =>
    (allowed as readonly unknown[]).includes(value),
  );
}

/** The first check that accepts; the message names them all. */
export function either<A, B>(expected: string, first: Check<A>, second: Check<B>): Check<A | B> {
  return (value, path) => {
    for (const check of [first, second]) {
      try {
        return check(value, path);
      } catch (error) {
        if (!(error instanceof InvalidValue)) throw error;
      }
    }
    throw new InvalidValue(path, expected, describe(value));
  };
}

export function nullable<T>(check: Check<T>): Check<T | null> {
  return (value, path) => (value === null ? null : check(value, path));
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An object with any keys, as a `Map`, to which no key is special, not even `__proto__`. */
export function mapOf<T>(key: Check<string>, member: Check<T>): Check<Map<string, T>> {
  return (value, path) => {
    if (!isPlainObject(value)) throw new InvalidValue(path, 'an object', describe(value));
    return new Map(
      Object.entries(value).map(([name, item]) => {
        const at = join(path, name);
        return [key(name, at), member(item, at)];
      }),
    );
  };
}

/** A list; each item's path has its index: `urls[2]`. */
export function listOf<T>(item: Check<T>, { max = Infinity } = {}): Check<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw new InvalidValue(path, 'an array', describe(value));
    if (value.length > max) throw new InvalidValue(path, `at most ${max} items`, String(value.length));
    return value.map((member, index) => item(member, `${path}[${index}]`));
  };
}

type Shape = Record<string, Check<unknown>>;

/**
 * An object with no other members than those of the shape. Each may be absent, and `undefined` counts as absent
 * ({@link required} checks those that must be there).
 *
 * @param named those that the error for another name lists.
 */
export function object<S extends Shape>(
  shape: S,
  named: readonly string[] = Object.keys(shape),
): Check<{ [K in keyof S]?: Checked<S[K]> }> {
  const known = Object.keys(shape);
  return (value, path) => {
    if (!isPlainObject(value)) throw new InvalidValue(path, 'an object', describe(value));
    const checked: Record<string, unknown> = {};
    for (const [name, item] of Object.entries(value)) {
      const check = known.includes(name) ? shape[name] : undefined;
      if (!check) throw new InvalidValue(join(path, name), `one of ${named.join(', ')}`, 'an unknown name');
      if (item !== undefined) checked[name] = check(item, join(path, name));
    }
    return checked as { [K in keyof S]?: Checked<S[K]> };
  };
}

/** The value of a required member. */
export function required<T>(value: T | undefined, path: string, expected: string): T {
  if (value === undefined) throw new InvalidValue(path, expected, 'nothing');
  return value;
}

/** A name may be any text that somebody has sent. */
function join(path: string, name: string): string {
  const shown = name.length > 60 ? `${name.slice(0, 60)}...` : name;
  return path === '' ? shown : `${path}.${shown}`;
}

/**
 * Checks a value that the application has passed.
 *
 * @throws MaintenanceOptionsError in place of `InvalidValue`.
 */
export function checkOption<T>(check: Check<T>, value: unknown, path: string): T {
  try {
    return check(value, path);
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error;
    throw new MaintenanceOptionsError(error.path === '' ? 'options' : error.path, error.message);
  }
}

/**
 * The name of a scope: 1 to 100 characters, none of them a control character, no space at either end.
 * `__proto__` is refused, since other programs may read the record into a plain object.
 */
export const scopeName = is(
  'the name of a scope: 1 to 100 printable characters',
  (value): value is string =>
    typeof value === 'string' &&
    value.length <= 100 &&
    value.trim() === value &&
    /^[^\p{C}]+$/u.test(value) &&
    value !== '__proto__',
);

/** A language tag (RFC 5646), in its canonical form. */
export const languageTag: Check<string> = (value, path) => {
  try {
    const [tag] = Intl.getCanonicalLocales(value as string);
    if (tag !== undefined) return tag;
  } catch {
    // It is no language tag.
  }
  throw new InvalidValue(path, 'a language tag such as "de" or "pt-BR"', describe(value));
};

const ISO_8601 =
  /^(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})T(?<time>\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(?<offset>Z|[+-]\d{2}:\d{2})$/;

/** 23:59:60 of UTC: a leap second, which RFC 3339 allows and the clocks of computers do not have. */
const LEAP_SECOND = /:59:60(?:\.\d+)?(?=Z|[+-])/;

/** Year 9999: later dates have no plain ISO 8601 form. */
const LAST_DATE = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/**
 * Milliseconds since 1970 for an ISO 8601 text with an offset or `Z`, and null for anything else: a text without an offset
 * would mean another time on each machine, and there is no 30 February. A leap second counts as the second after it, as it
 * does for the clock.
 */
export function parseIsoDate(text: string): number | null {
  const { year, month, day } = ISO_8601.exec(text)?.groups ?? {};
  if (year === undefined || month === undefined || day === undefined) return null;
  const daysInMonth = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  if (Number(day) > daysInMonth) return null;
  const time = LEAP_SECOND.test(text) ? parseLeapSecond(text) : Date.parse(text);
  return Number.isNaN(time) || time < 0 || time > LAST_DATE ? null : time;
}

function parseLeapSecond(text: string): number {
  const next = Date.parse(text.replace(LEAP_SECOND, ':59:59')) + 1_000;
  const isMidnight = new Date(next).getUTCHours() === 0 && new Date(next).getUTCMinutes() === 0;
  return isMidnight ? next : NaN;
}

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
