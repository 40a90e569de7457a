import { MaintenanceError } from './maintenance.error.js';

/** The mode is forced by the `enabled` option, so it cannot be changed at run time. @publicApi */
export class MaintenanceForcedError extends MaintenanceError {
  override readonly name = 'MaintenanceForcedError';
  readonly code = 'MAINTENANCE_FORCED';

  constructor(enabled: boolean) {
    super(
      `Maintenance mode is forced ${enabled ? 'on' : 'off'} by the "enabled" option. ` +
        'Remove that option and restart to turn it on and off at run time.',
    );
  }
}
