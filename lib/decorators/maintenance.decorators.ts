import { Reflector } from '@nestjs/core';
import { checkOption, scopeName } from '../validation/check.js';

// Each has a key of its own, which another copy of this package has too: Nest's default key is random.

/**
 * Never a maintenance response: for health checks, webhooks that must not be lost, an admin panel.
 *
 * On a controller or a handler; a handler that has any of the maintenance decorators ignores its class's.
 *
 * @example
 * ```ts
 * @MaintenanceOff()
 * @Controller('health')
 * export class HealthController {}
 * ```
 * @publicApi
 */
export const MaintenanceOff = Reflector.createDecorator<void, true>({
  key: 'nestjs-maintenance-mode:off',
  transform: () => true,
});

/**
 * Always a maintenance response, whatever the state and with no exemption applied: for a part that is closed.
 *
 * On a controller or a handler; a handler that has any of the maintenance decorators ignores its class's.
 *
 * @publicApi
 */
export const MaintenanceOn = Reflector.createDecorator<void, true>({
  key: 'nestjs-maintenance-mode:on',
  transform: () => true,
});

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
  key: 'nestjs-maintenance-mode:scope',
  transform: (name) => checkOption(scopeName, name, '@MaintenanceScope'),
});
