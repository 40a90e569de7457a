import { MaintenanceError } from './maintenance.error.js';

/** A window's start or end cannot be; the message says why. @publicApi */
export class MaintenanceWindowError extends MaintenanceError {
  override readonly name = 'MaintenanceWindowError';
  readonly code = 'MAINTENANCE_WINDOW';
}
