import { MaintenanceOptionsError } from '../errors.js';
import { type Check, InvalidValue } from './check.js';

/**
 * Checks what a developer has given.
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
