/** What all errors of this package are. @publicApi */
export abstract class MaintenanceError extends Error {
  /** Stable, for programs: `MAINTENANCE_...`. */
  abstract readonly code: string;
}
