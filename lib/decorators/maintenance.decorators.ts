import { Reflector } from '@nestjs/core';
import { checkOption, scopeName } from '../validation/check.js';

// Each has a key of its own, which another copy of this package has too: Nest's default key is random.

/**
 * Never blocked: for health checks, webhooks that must not be lost, an admin panel.
 *
 * On a controller or a handler. Decorators on a handler override those on its class.
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
 * Always blocked, whatever the state; no exemption applies: for a part that is closed.
 *
 * On a controller or a handler. Decorators on a handler override those on its class.
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
 * On a controller or a handler. Decorators on a handler override those on its class.
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
