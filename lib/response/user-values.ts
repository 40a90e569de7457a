import type { ResponseContext } from '../options/maintenance-module-options.js';
import { describe } from '../validation/check.js';

/** @throws TypeError for anything but `html` and `json`. */
export function checkType(type: unknown): 'html' | 'json' {
  if (type === 'html' || type === 'json') return type;
  throw new TypeError(`the function must return "html" or "json", and returned ${describe(type)}`);
}

/**
 * A copy, whose members are read once: what has been checked is what is sent.
 *
 * @throws TypeError for anything but an object of plain values.
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
  return Object.fromEntries(entries) as ResponseContext;
}
