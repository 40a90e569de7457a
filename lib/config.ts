import { registerAs } from '@nestjs/config';
import { readEnvironment } from './options/environment.js';

/**
 * An `@nestjs/config` namespace that reads the options from the environment (`MAINTENANCE_MODE`, ...).
 *
 * @example
 * ```ts
 * MaintenanceModule.forRootAsync(maintenanceConfig.asProvider())
 * ```
 * @throws MaintenanceOptionsError at boot for a value that does not parse; it names the variable.
 * @publicApi
 */
export const maintenanceConfig = registerAs('maintenance', () => readEnvironment(process.env));
