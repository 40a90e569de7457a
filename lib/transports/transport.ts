import type { ExecutionContext } from '@nestjs/common';
import type { RequestFacts } from '../contracts/request-facts.js';
import type { MaintenanceException } from '../response/maintenance.exception.js';

/** How a call that is no HTTP request is judged, and how it is told that it was blocked. */
export interface Transport {
  /** What `ExecutionContext.getType()` says. */
  readonly type: string;

  /**
   * The HTTP request that brought the call, so that exemptions apply to it; null where there is none, and nothing is exempt.
   * Its `method` says what read-only maintenance asks: `GET` for a call that only reads, else `POST`.
   */
  facts(context: ExecutionContext): RequestFacts | null;

  /** What is thrown instead of running the handler, so that the client of this transport understands it. */
  refusal(exception: MaintenanceException, context: ExecutionContext): Error;
}
