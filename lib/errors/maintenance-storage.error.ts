import { MaintenanceError } from './maintenance.error.js';

/** A storage could not be read or written; `cause` is the driver's own error. @publicApi */
export class MaintenanceStorageError extends MaintenanceError {
  override readonly name = 'MaintenanceStorageError';
  readonly code = 'MAINTENANCE_STORAGE';

  constructor(storage: string, action: 'read' | 'write', cause: unknown) {
    super(`Cannot ${action} the maintenance state in the "${storage}" storage: ${sentence(cause)}`, {
      cause,
    });
  }
}

function sentence(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return message.endsWith('.') ? message : `${message}.`;
}
