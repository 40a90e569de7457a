import {
  type CanActivate,
  type ExecutionContext,
  Injectable,
  type OnApplicationBootstrap,
  type OnModuleInit,
} from '@nestjs/common';
import type { MaintenanceStatus } from '../interfaces/maintenance-status.js';
import type { RequestFacts } from '../interfaces/request-facts.js';
import type { RouteRule } from '../policy/route-rules.js';
import { type ApplicationConfig, HttpAdapterHost, type ModulesContainer } from '@nestjs/core';
import { noticeOf } from '../response/problem.js';
import { exposedHeaders, markBypassed } from '../response/raw-response.js';
import type { AdapterBridge } from './adapter-bridge.js';
import { ExpressBridge } from './express.js';
import { FastifyBridge } from './fastify.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
import type { Policy } from '../policy/policy.js';
import type { Responder } from '../response/responder.js';
import type { CurrentState } from '../state/current-state.js';
import type { InFlightWork } from '../drain/in-flight-work.js';

/**
 * One kind of call (HTTP, GraphQL, WebSockets, microservices) for guard, interceptor and gate. Its lifecycle hooks are called
 * with those of the module.
 */
export interface Integration extends Partial<OnModuleInit>, Partial<OnApplicationBootstrap> {
  /** What `ExecutionContext.getType()` returns. */
  readonly contextType: string;

  /** Called for every handler, whether maintenance is active or not. Undefined if there is nothing to do. */
  readonly onHandler?: ((context: ExecutionContext) => void) | undefined;

  /**
   * Whether the call passes although `active` would block its handler, whatever the exemptions: because it was decided on
   * before, or because it only reads.
   */
  passes?(context: ExecutionContext, rule: RouteRule, active: MaintenanceStatus): boolean;

  /**
   * The HTTP request that brought the call, for the exemptions; null: there is none, and nothing is exempt. `method` decides in
   * read-only maintenance: `GET` for a call that only reads, else `POST`.
   */
  facts(context: ExecutionContext): RequestFacts | null;

  /** True if guards of handlers find out nothing about the user, so that the decision need not wait for them. */
  readonly knowsUser?: boolean;

  /**
   * An object that identifies the call for guards and interceptors, so that exemptions for users whom only guards know can be
   * checked after the guards. Null, or absent: no interceptor runs, and these exemptions do not apply.
   */
  callKey?(context: ExecutionContext): object | null;

  /** Called when the decision is that the handler runs. */
  onAdmitted?(context: ExecutionContext): void;

  /** Called before that if an exemption covers the call, so that the handler runs although maintenance is active for it. */
  onExempted?(context: ExecutionContext): void;

  /** The error to throw instead of running the handler, in the form that clients of the transport expect. */
  refusal(status: MaintenanceStatus, context: ExecutionContext): Error;

  /** Whether it decides, by operation, on a request that read-only maintenance would block. */
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

  /** The error to throw instead of running the handler of a call, which is counted as blocked. */
  refusal(integration: Integration, status: MaintenanceStatus, context: ExecutionContext): Error {
    const key = integration.callKey?.(context) ?? null;
    const admission = key === null ? undefined : this.policy.admissions.get(key);
    const { facts, status: blocking } = admission ?? { facts: { request: key }, status };
    this.policy.counts.block(integration.contextType, blocking, facts.request, admission);
    return integration.refusal(status, context);
  }

  async onModuleInit(): Promise<void> {
    for (const integration of this.all) await integration.onModuleInit?.();
  }

  async onApplicationBootstrap(): Promise<void> {
    for (const integration of this.all) await integration.onApplicationBootstrap?.();
  }
}

/** Headers that describe the body of the handler, which `@Header()` may have set before interceptors run. */
const OF_THE_BODY = [
  'Content-Encoding',
  'Content-Range',
  'Content-Disposition',
  'Content-Language',
  'ETag',
  'Last-Modified',
  'Accept-Ranges',
];

/** Handlers of controllers. Arguments are not read by `switchToHttp()`, which creates an object with three functions each time. */
export class HttpIntegration implements Integration {
  readonly contextType = 'http';
  /** Sets `maintenance`, whether maintenance is active, and `maintenanceNotice` for the views of the application. */
  onHandler: ((context: ExecutionContext) => void) | undefined = (context) => {
    const { bridge } = this.host;
    if (!bridge.hasViews()) {
      this.onHandler = undefined;
      return;
    }
    const response = context.getArgByIndex<object>(1);
    const status = this.policy.state.status();
    bridge.setLocal(response, 'maintenance', status.state === 'active');
    bridge.setLocal(response, 'maintenanceNotice', noticeOf(status));
  };

  constructor(
    private readonly host: AdapterBridgeHost,
    private readonly policy: Policy,
    private readonly responder: Responder,
  ) {}

  facts(context: ExecutionContext): RequestFacts {
    return this.host.bridge.facts(context.getArgByIndex(0));
  }

  callKey(context: ExecutionContext): object {
    return context.getArgByIndex<object>(0);
  }

  onAdmitted(context: ExecutionContext): void {
    this.policy.admissions.get(context.getArgByIndex<object>(0))?.seal?.open();
  }

  onExempted(context: ExecutionContext): void {
    markBypassed(this.host.bridge.rawResponse(context.getArgByIndex<object>(1)));
  }

  refusal(status: MaintenanceStatus, context: ExecutionContext): Error {
    const { bridge } = this.host;
    const response = context.getArgByIndex<object>(1);
    const exception = this.responder.exception(this.facts(context), status);
    const exposed = exposedHeaders((name) => bridge.getHeader(response, name));
    bridge.removeHeaders(response, OF_THE_BODY);
    // Set here, so that the response has them whichever filter answers.
    bridge.setHeaders(response, { ...exception.answer.headers, ...exposed });
    return exception;
  }
}

/** The facts of a request with the method for what its message does, not that of the request. */
export function withMethod(
  { url, headers, host, secure, request }: RequestFacts,
  method: 'GET' | 'POST',
): RequestFacts {
  return { method, url, headers, host, secure, request };
}

/** The dependencies of integrations: objects of Nest and of the module. */
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
  /** The guard of the application. It depends on the integrations itself, so it is known only when all providers are created. */
  readonly guard: () => CanActivate;
}

/** The bridge to the application's adapter, which is known only when the application is created. */
@Injectable()
export class AdapterBridgeHost {
  #bridge: AdapterBridge | undefined;

  constructor(private readonly adapterHost: HttpAdapterHost) {}

  /** @throws for an adapter that is neither Express's nor Fastify's. */
  get bridge(): AdapterBridge {
    return (this.#bridge ??= this.#create());
  }

  /** Adds a header value to those of the same name. */
  appendHeader(response: unknown, name: string, value: string): void {
    this.adapterHost.httpAdapter.appendHeader(response, name, value);
  }

  #create(): AdapterBridge {
    const { httpAdapter } = this.adapterHost;
    const type = httpAdapter.getType();
    if (type === 'express') return new ExpressBridge(httpAdapter);
    if (type === 'fastify') return new FastifyBridge(httpAdapter);
    throw new Error(`Maintenance mode supports the Express and Fastify adapters, but not "${type}".`);
  }
}
