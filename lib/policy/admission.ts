import type { MaintenanceStatus } from '../interfaces/maintenance-status.js';
import type { RequestFacts } from '../interfaces/request-facts.js';
import type { ResponseSeal } from '../response/response-seal.js';

/** `wait`: it depends on a user whom only the guards of the route may know. */
export type Decision = 'pass' | 'wait' | 'block';

/**
 * What is known and decided about one request during maintenance. The gate makes it when the request arrives; guard and
 * interceptor find it again.
 */
export class Admission {
  /** The last decision; undefined before the first one. */
  decision: Decision | undefined;
  /** Set by the gate if it lets the request go on before the handler is admitted. */
  seal: ResponseSeal | undefined;

  constructor(
    readonly facts: RequestFacts,
    /** The status that blocks the request unless it is exempt. */
    readonly status: MaintenanceStatus,
  ) {}
}

/** A rule that lets requests through during maintenance. */
export interface Exemption {
  readonly name: string;
  /** Whether the request passes. `status` is the one that would block it. */
  covers(facts: RequestFacts, status: MaintenanceStatus): boolean | Promise<boolean>;
}
