import { Reflector } from '@nestjs/core';
import { checkOption } from '../validation/check-option.js';
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
  transform: (name) => checkOption(scopeName, name, '@MaintenanceScope'),
});
