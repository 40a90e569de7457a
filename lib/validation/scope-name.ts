import { is } from './check.js';

/**
 * The name of a scope: 1 to 100 characters, none of them a control character, no space at either end.
 * `__proto__` is refused, so that no program that reads the record into a plain object is harmed.
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
