import { Reflector } from '@nestjs/core';

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
export const MaintenanceOff = Reflector.createDecorator<void, true>({ transform: () => true });
