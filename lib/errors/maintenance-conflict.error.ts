import { MaintenanceError } from './maintenance.error.js';

/** Somebody else changed the stored state first. @publicApi */
export class MaintenanceConflictError extends MaintenanceError {
  override readonly name = 'MaintenanceConflictError';
  readonly code = 'MAINTENANCE_CONFLICT';

  constructor(storage: string, options?: ErrorOptions) {
    super(
      `The maintenance state in the "${storage}" storage was changed by somebody else meanwhile. ` +
        'Look at the status, then try again.',
      options,
    );
  }
}
