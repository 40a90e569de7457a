import { MaintenanceError } from './maintenance.error.js';

/** A storage could not be read or written; `cause` is the driver's own error. @publicApi */
export class MaintenanceStorageError extends MaintenanceError {
  override readonly name = 'MaintenanceStorageError';
  readonly code = 'MAINTENANCE_STORAGE';

  /** @param hint another sentence for the message. */
  constructor(storage: string, action: 'read' | 'write', cause: unknown, hint?: string) {
    const message = `Cannot ${action} the maintenance state in the "${storage}" storage: ${sentence(cause)}`;
    super(hint === undefined ? message : `${message} ${hint}`, { cause });
  }
}

function sentence(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return message.endsWith('.') ? message : `${message}.`;
}
