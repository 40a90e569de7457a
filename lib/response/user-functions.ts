import { Logger } from '@nestjs/common';
import type { ResponseContext } from '../options/maintenance-module-options.js';
import { describe } from '../validation/check.js';

/** Calls what the application has given for its answers. Where it fails the answer is still given. */
export class UserFunctions {
  readonly #logger = new Logger('MaintenanceMode');
  /** The options that failed when they were last asked: a failure is one line in the log, not one for each visitor. */
  readonly #failing = new Set<string>();

  ask<T>(option: string, call: () => T, otherwise: () => T): T {
    try {
      const result = call();
      this.#failing.delete(option);
      return result;
    } catch (error) {
      if (!this.#failing.has(option)) {
        this.#logger.error(`${option} has failed, and the answer is given without it: ${String(error)}`);
      }
      this.#failing.add(option);
      return otherwise();
    }
  }
}

/** @throws TypeError for anything but `html` and `json`. */
export function checkType(type: unknown): 'html' | 'json' {
  if (type === 'html' || type === 'json') return type;
  throw new TypeError(`the function must return "html" or "json", and returned ${describe(type)}`);
}

/** @throws TypeError for anything but an object of plain values. */
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
  for (const [name, value] of Object.entries(context)) {
    if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) continue;
    throw new TypeError(`"${name}" must be a string, a number, a boolean or null, and is ${describe(value)}`);
  }
  return context as ResponseContext;
}
