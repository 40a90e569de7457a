import type { MaintenanceStatus } from '../contracts/maintenance-status.js';
import type { RequestFacts } from '../contracts/request-facts.js';

/** A rule that lets requests through during maintenance. */
export interface Exemption {
  readonly name: string;
  /** Whether the request passes. `status` is what would block it. */
  covers(facts: RequestFacts, status: MaintenanceStatus): boolean | Promise<boolean>;
}
