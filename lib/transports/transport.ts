import type { ExecutionContext } from '@nestjs/common';
import type { MaintenanceStatus } from '../interfaces/maintenance-status.js';
import type { RequestFacts } from '../interfaces/request-facts.js';
import type { RouteRule } from '../policy/route-rules.js';
import type { MaintenanceException } from '../response/maintenance.exception.js';

/** How a call that is no HTTP request is judged, and how it is told that it was blocked. */
export interface Transport {
  /** What `ExecutionContext.getType()` says. */
  readonly type: string;

  /**
   * Whether the call passes whoever has sent it, although `held` would block its handler: since it has been decided on
   * elsewhere, or since it only reads. Without it, none does.
   */
  passes?(context: ExecutionContext, rule: RouteRule, held: MaintenanceStatus): boolean;

  /**
   * The HTTP request that brought the call, so that exemptions apply to it; null where there is none, and nothing is exempt.
   * Its `method` says what read-only maintenance asks: `GET` for a call that only reads, else `POST`.
   */
  facts(context: ExecutionContext): RequestFacts | null;

  /** Whether the guards of a handler find out nothing about the user of `facts`, so that all is decided before they run. */
  readonly knowsUser?: boolean;

  /**
   * What tells the call from all others, the same object for guards and interceptors, so that users whom only the guards of
   * the handler know can be decided on after them. Null where no interceptor runs. Without it, none of them is exempt.
   */
  undecidedKey?(context: ExecutionContext): object | null;

  /** What is thrown instead of running the handler, so that the client of this transport understands it. */
  refusal(exception: MaintenanceException, context: ExecutionContext): Error;
}
