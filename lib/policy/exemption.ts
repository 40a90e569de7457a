import type { MaintenanceStatus } from '../interfaces/maintenance-status.js';
import type { RequestFacts } from '../interfaces/request-facts.js';

/** A rule that lets requests through during maintenance. */
export interface Exemption {
  readonly name: string;
  /** Whether the request passes. `status` is what would block it. */
  covers(facts: RequestFacts, status: MaintenanceStatus): boolean | Promise<boolean>;
}
