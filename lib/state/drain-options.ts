import { type Check, type Checked, integer, is, object, required } from '../validation/check.js';

/** The longest time that a timer of Node can wait. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** Any object: requests have many kinds. */
const request = is(
  'the request that asks',
  (value): value is object => typeof value === 'object' && value !== null,
);

/** Of `drained`. */
export const drainedOptions = object({ timeoutMs: integer(0, MAX_DELAY_MS), except: request });

/** Of `enable`: with it, the time must be said. */
export const drainOption: Check<Checked<typeof drainedOptions> & { readonly timeoutMs: number }> = (
  value,
  path,
) => {
  const { timeoutMs, ...rest } = drainedOptions(value, path);
  return { ...rest, timeoutMs: required(timeoutMs, `${path}.timeoutMs`, 'a number of milliseconds') };
};
