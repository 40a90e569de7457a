import { Reflector } from '@nestjs/core';
import { MaintenanceOptionsError } from '../errors/maintenance-options.error.js';
import { InvalidValue } from '../validation/check.js';
import { scopeName } from '../validation/scope-name.js';

/**
 * Belongs to a scope: blocked while that scope or the whole application is in maintenance.
 *
 * On a controller or a handler; a handler that has any of the maintenance decorators ignores its class's.
 *
 * @example
 * ```ts
 * @MaintenanceScope('billing')
 * @Controller('invoices')
 * export class InvoicesController {}
 * ```
 * @throws MaintenanceOptionsError for a name that is empty or has control characters.
 * @publicApi
 */
export const MaintenanceScope = Reflector.createDecorator<string, string>({
  transform: (name) => {
    try {
      return scopeName(name, '@MaintenanceScope');
    } catch (error) {
      if (error instanceof InvalidValue) throw new MaintenanceOptionsError(error.path, error.message);
      throw error;
    }
  },
});
