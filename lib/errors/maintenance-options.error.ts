import { MaintenanceError } from './maintenance.error.js';

/** An option is wrong; the message says which, what it got and what it takes. @publicApi */
export class MaintenanceOptionsError extends MaintenanceError {
  override readonly name = 'MaintenanceOptionsError';
  readonly code = 'MAINTENANCE_OPTIONS';

  constructor(
    /** The option's path: `response.statusCode`. */
    readonly path: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(`${path}: ${message}`, options);
  }
}
