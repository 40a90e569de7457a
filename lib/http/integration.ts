import type { ExecutionContext } from '@nestjs/common';
import type { MaintenanceStatus } from '../interfaces/maintenance-status.js';
import type { RequestFacts } from '../interfaces/request-facts.js';
import type { RouteRule } from '../policy/route-rules.js';

/** What guard, interceptor and gate know of HTTP, GraphQL, WebSockets and microservices. */
export interface Integration {
  /** What `ExecutionContext.getType()` returns. */
  readonly contextType: string;

  /** Called for every handler, whether maintenance is active or not. */
  onHandler?(context: ExecutionContext): void;

  /**
   * Whether the call passes whoever has sent it, although `active` would block its handler: because it has been decided on
   * elsewhere, or because it only reads.
   */
  passes?(context: ExecutionContext, rule: RouteRule, active: MaintenanceStatus): boolean;

  /**
   * The HTTP request that brought the call, so that exemptions apply to it; null: there is none, and nothing is exempt.
   * In read-only maintenance its `method` counts: `GET` for a call that only reads, else `POST`.
   */
  facts(context: ExecutionContext): RequestFacts | null;

  /** Whether the guards of a handler find out nothing about the user, so that all is decided before they run. */
  readonly knowsUser?: boolean;

  /**
   * An object that only this call has, the same for guards and interceptors, so that users whom only the guards of the
   * handler know can be decided on after them. Null: no interceptor runs. Without it, none of them is exempt.
   */
  callKey?(context: ExecutionContext): object | null;

  /** Called when it is decided that the handler runs. */
  onAdmitted?(context: ExecutionContext): void;

  /** What is thrown instead of running the handler, so that the client understands it. */
  refusal(status: MaintenanceStatus, context: ExecutionContext): Error;

  /** Whether it decides itself, by operation, on a request that read-only maintenance would block. */
  decidesOn?(facts: RequestFacts): boolean;
}

/** Symbol of the list of those that the application uses. */
export const INTEGRATIONS = Symbol('nestjs-maintenance-mode:integrations');
