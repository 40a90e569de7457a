import { type Check, integer, object, required } from '../validation/check.js';

/** The longest time that a timer of Node can wait. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** Of `drained`. */
export const drainedOptions = object({ timeoutMs: integer(0, MAX_DELAY_MS) });

/** Of `enable`: with it, the time must be said. */
export const drainOption: Check<{ readonly timeoutMs: number }> = (value, path) => {
  const { timeoutMs } = drainedOptions(value, path);
  return { timeoutMs: required(timeoutMs, `${path}.timeoutMs`, 'a number of milliseconds') };
};
