import type { ExecutionContext, OnApplicationBootstrap, OnModuleInit } from '@nestjs/common';
import type { MaintenanceStatus } from '../contracts/maintenance-status.js';
import type { RequestFacts } from '../contracts/request-facts.js';
import type { RouteRule } from '../policy/route-rule.js';
import type { MaintenanceException } from '../response/maintenance.exception.js';

/**
 * A framework beside HTTP (GraphQL, WebSockets, microservices): what is known of its calls, and what a client is told whose
 * call is blocked. Its lifecycle hooks are called together with those of the module.
 */
export interface Integration extends Partial<OnModuleInit>, Partial<OnApplicationBootstrap> {
  /** What `ExecutionContext.getType()` says of its calls. */
  readonly contextType: string;

  /**
   * Whether the call passes for every client, although `held` would block its handler: since it has been decided on
   * elsewhere, or since it only reads. Without this method, none does.
   */
  passes?(context: ExecutionContext, rule: RouteRule, held: MaintenanceStatus): boolean;

  /**
   * The HTTP request that brought the call, so that exemptions apply to it; null if there is none, and nothing is exempt.
   * Its `method` is what read-only maintenance decides by: `GET` for a call that only reads, else `POST`.
   */
  facts(context: ExecutionContext): RequestFacts | null;

  /** Whether the guards of a handler find out nothing about the user of `facts`, so that all is decided before they run. */
  readonly knowsUser?: boolean;

  /**
   * What tells the call from all others, the same object for guards and interceptors, so that the call can be decided on
   * after the guards of the handler. Null if no interceptor runs. Without this method, no user is exempt that only the
   * guards of the handler know.
   */
  undecidedKey?(context: ExecutionContext): object | null;

  /** What is thrown instead of running the handler, in a form that the client understands. */
  refusal(exception: MaintenanceException, context: ExecutionContext): Error;

  /** Whether the integration decides about an HTTP request in read-only maintenance, in place of the method. */
  decidesOn?(facts: Pick<RequestFacts, 'method' | 'url'>): boolean;
}

/** The integrations that the application uses. */
export class Integrations implements OnModuleInit, OnApplicationBootstrap {
  constructor(private readonly all: readonly Integration[]) {}

  /** Undefined for a type of context that is not known. */
  of(contextType: string): Integration | undefined {
    return this.all.find((integration) => integration.contextType === contextType);
  }

  decidesOn(facts: Pick<RequestFacts, 'method' | 'url'>): boolean {
    return this.all.some((integration) => integration.decidesOn?.(facts) === true);
  }

  async onModuleInit(): Promise<void> {
    for (const integration of this.all) await integration.onModuleInit?.();
  }

  async onApplicationBootstrap(): Promise<void> {
    for (const integration of this.all) await integration.onApplicationBootstrap?.();
  }
}

/** The facts of a request that is judged by what its message does, not by how the request was sent. */
export function withMethod(
  { url, headers, host, secure, request }: RequestFacts,
  method: 'GET' | 'POST',
): RequestFacts {
  return { method, url, headers, host, secure, request };
}
