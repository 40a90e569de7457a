import type { ServerResponse } from 'node:http';
import type { MaintenanceStatus } from '../../interfaces/maintenance-status.js';
import type { RequestFacts } from '../../interfaces/request-facts.js';
import type { Next } from './door.js';

/** A request on its way in, while maintenance is on. */
export class Visit {
  constructor(
    readonly request: object,
    readonly response: object,
    readonly rawResponse: ServerResponse,
    readonly next: Next,
    readonly facts: RequestFacts,
    /** What blocks it unless something exempts it. */
    readonly held: MaintenanceStatus,
  ) {}
}
