import { Reflector } from '@nestjs/core';

/**
 * Always a maintenance response, whatever the state and with no exemption applied: for a part that is closed.
 *
 * On a controller or a handler; a handler that has any of the maintenance decorators ignores its class's.
 *
 * @publicApi
 */
export const MaintenanceOn = Reflector.createDecorator<void, true>({ transform: () => true });
