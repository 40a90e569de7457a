import type { ResponseContext } from '../options/maintenance-module-options.js';
import { describe } from '../validation/check.js';

/** @throws TypeError for anything but `html` and `json`. */
export function checkType(type: unknown): 'html' | 'json' {
  if (type === 'html' || type === 'json') return type;
  throw new TypeError(`the function must return "html" or "json", and returned ${describe(type)}`);
}

/** Far more than a page needs, and what escaping it costs does not hold up the others. */
const MAX_CONTEXT_LENGTH = 1_000_000;

/**
 * A copy, whose members are read once: what has been checked is what is sent.
 *
 * @throws TypeError for anything but an object of plain values, or more than a million characters.
 */
export function checkContext(context: unknown): ResponseContext {
  if (
    typeof context !== 'object' ||
    context === null ||
    Array.isArray(context) ||
    context instanceof Promise
  ) {
    throw new TypeError(
      `the function must return an object of plain values, and returned ${describe(context)}`,
    );
  }
  const entries = Object.entries(context);
  for (const [name, value] of entries) {
    if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) continue;
    throw new TypeError(`"${name}" must be a string, a number, a boolean or null, and is ${describe(value)}`);
  }
  const length = entries.reduce((sum, [name, value]) => sum + name.length + String(value).length, 0);
  if (length > MAX_CONTEXT_LENGTH)
    throw new TypeError(
      `the function must return at most ${MAX_CONTEXT_LENGTH} characters, and returned ${length}`,
    );
  return Object.fromEntries(entries) as ResponseContext;
}
