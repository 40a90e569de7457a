import type { CanActivate, ExecutionContext, OnApplicationBootstrap, OnModuleInit } from '@nestjs/common';
import type { MaintenanceStatus } from '../interfaces/maintenance-status.js';
import type { RequestFacts } from '../interfaces/request-facts.js';
import type { RouteRule } from '../policy/route-rules.js';
import type { ApplicationConfig, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import type { AdapterBridgeHost } from './adapter-bridge-host.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
import type { Policy } from '../policy/policy.js';
import type { Responder } from '../response/responder.js';
import type { CurrentState } from '../state/current-state.js';
import type { InFlightWork } from '../drain/in-flight-work.js';

/**
 * What guard, interceptor and gate know of HTTP, GraphQL, WebSockets and microservices. The lifecycle hooks are called with
 * those of the module.
 */
export interface Integration extends Partial<OnModuleInit>, Partial<OnApplicationBootstrap> {
  /** What `ExecutionContext.getType()` returns. */
  readonly contextType: string;

  /** Called for every handler, whether maintenance is active or not. Undefined if there is nothing to do. */
  readonly onHandler?: ((context: ExecutionContext) => void) | undefined;

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
  decidesOn?(facts: Pick<RequestFacts, 'method' | 'url'>): boolean;
}

/** The integrations that the application uses, and what guard and filter need beside them. */
export class Integrations implements OnModuleInit, OnApplicationBootstrap {
  /** By context type. */
  readonly byType: ReadonlyMap<string, Integration>;

  constructor(
    readonly all: readonly Integration[],
    readonly policy: Policy,
    readonly responder: Responder,
    readonly host: AdapterBridgeHost,
  ) {
    this.byType = new Map(all.map((integration) => [integration.contextType, integration]));
  }

  async onModuleInit(): Promise<void> {
    for (const integration of this.all) await integration.onModuleInit?.();
  }

  async onApplicationBootstrap(): Promise<void> {
    for (const integration of this.all) await integration.onApplicationBootstrap?.();
  }
}

/** The facts of a request that is decided on by what its message does, not by how the request was sent. */
export function withMethod(
  { url, headers, host, secure, request }: RequestFacts,
  method: 'GET' | 'POST',
): RequestFacts {
  return { method, url, headers, host, secure, request };
}

/** What integrations are made of: Nest's parts of the application, and those of the module. */
export interface IntegrationParts {
  readonly modules: ModulesContainer;
  readonly applicationConfig: ApplicationConfig;
  readonly adapterHost: HttpAdapterHost;
  readonly options: Pick<ResolvedOptions, 'close'>;
  readonly state: CurrentState;
  readonly work: InFlightWork;
  readonly policy: Policy;
  readonly responder: Responder;
  readonly host: AdapterBridgeHost;
  /** The guard of the application, which itself needs the integrations: known when all providers are made. */
  readonly guard: () => CanActivate;
}
