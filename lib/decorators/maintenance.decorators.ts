import { Reflector } from '@nestjs/core';
import { boolean, checkOption, scopeName } from '../validation/values.js';

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

/**
 * Says whether a handler is safe (RFC 9110 section 9.2.1): whether it only reads. That decides in read-only maintenance instead
 * of the method of the request; in full maintenance it changes nothing.
 *
 * - `@MaintenanceSafe()` on a handler of another method than GET, HEAD or OPTIONS, or of messages, that writes nothing: a login,
 *   a search by POST, a GraphQL mutation. Read-only maintenance lets it pass.
 * - `@MaintenanceSafe(false)` on a GET that writes, such as an OAuth callback. Read-only maintenance blocks it.
 *
 * On a controller or a handler; the decorator on a handler overrides the one on its class. It goes together with
 * `@MaintenanceScope()`.
 *
 * @example
 * ```ts
 * @MaintenanceSafe()
 * @Post('search')
 * search(@Body() query: Query) {}
 * ```
 * @throws MaintenanceOptionsError for an argument that is not a boolean.
 * @publicApi
 */
export const MaintenanceSafe = Reflector.createDecorator<boolean | undefined, boolean>({
  key: 'nestjs-maintenance-mode:safe',
  transform: (isSafe = true) => checkOption(boolean, isSafe, '@MaintenanceSafe'),
});
