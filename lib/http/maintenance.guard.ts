import {
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  Catch,
  type ExceptionFilter,
  type ExecutionContext,
  Injectable,
  type MessageEvent,
  type NestInterceptor,
} from '@nestjs/common';
import { concat, concatMap, defer, filter, type Observable, of, startWith, take, takeUntil, tap } from 'rxjs';
import type { MaintenanceStatus } from '../interfaces/maintenance-status.js';
import type { RequestFacts } from '../interfaces/request-facts.js';
import { observableEvents } from '../state/maintenance.service.js';
import { isEventStream } from '../internals/nest.js';
import { Admission, type Decision } from '../policy/policy.js';
import { type RouteRule, routeRuleOf } from '../policy/route-rules.js';
import { MaintenanceException } from '../response/responder.js';
import { type Integration, Integrations } from './integration.js';

/**
 * Decides on every handler, because only a guard knows the class and the handler that really run. Registered for the whole
 * application by the module.
 *
 * @publicApi
 */
@Injectable()
export class MaintenanceGuard implements CanActivate {
  /** @internal Nest makes it. */
  constructor(private readonly integrations: Integrations) {}

  /** @throws MaintenanceException if the handler must not run. */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const { byType, policy } = this.integrations;
    const type = context.getType();
    // HTTP requests have waited at the gate.
    const current = type === 'ws' ? policy.state.whenCurrent() : null;
    if (current !== null) return current.then(() => this.canActivate(context));
    const integration = byType.get(type);
    integration?.onHandler?.(context);
    const rule = routeRuleOf(context.getClass(), context.getHandler());
    const active = policy.activeStatus(rule);
    if (active !== null) return this.#decide(integration, context, rule, active);
    if (rule.kind === 'off' || rule.safe === true) integration?.onAdmitted?.(context);
    return true;
  }

  /** @param active the status that blocks the handler. */
  #decide(
    integration: Integration | undefined,
    context: ExecutionContext,
    rule: RouteRule,
    active: MaintenanceStatus,
  ): boolean | Promise<boolean> {
    const { policy, responder } = this.integrations;
    // Calls of an unknown context type never pass.
    if (!integration) {
      policy.counts.block(context.getType(), active, null);
      throw responder.exception(null, active);
    }
    if (integration.passes?.(context, rule, active)) return true;
    const facts = rule.kind === 'on' ? null : integration.facts(context);
    if (facts === null) throw this.integrations.refusal(integration, active, context);
    const atGate = policy.admissions.get(facts.request as object);
    if (atGate?.decision === 'pass' && atGate.status === active) return true;
    if (integration.knowsUser !== true && policy.onlyReads(active, facts, rule)) {
      integration.onAdmitted?.(context);
      return true;
    }
    const key = integration.callKey?.(context) ?? null;
    const admission = key === null ? new Admission(facts, active) : policy.admission(key, facts, active);
    const call = { integration, context, admission, key };
    if (integration.knowsUser) {
      const admits = policy.admits(admission, rule);
      return admits instanceof Promise
        ? admits.then((passes) => this.#act(call, passes ? 'pass' : 'block'))
        : this.#act(call, admits ? 'pass' : 'block');
    }
    if (key !== null) policy.admissions.set(key, admission);
    const decision = policy.decide(admission, 'guard');
    return decision instanceof Promise
      ? decision.then((settled) => this.#act(call, settled))
      : this.#act(call, decision);
  }

  #act({ integration, context, admission, key }: Call, decision: Decision): true {
    // Without a key no interceptor decides later.
    if (decision === 'wait' && key !== null) return true;
    if (decision !== 'pass') throw this.integrations.refusal(integration, admission.status, context);
    integration.onExempted?.(context);
    this.integrations.policy.counts.pass(admission);
    integration.onAdmitted?.(context);
    return true;
  }
}

interface Call {
  readonly integration: Integration;
  readonly context: ExecutionContext;
  readonly admission: Admission;
  readonly key: object | null;
}

/**
 * Decides when all guards of the route have run, so that the user is known. Registered only if the options need it, and
 * before all other interceptors: a caching one must not answer first.
 */
export class AfterGuardsInterceptor implements NestInterceptor {
  constructor(private readonly integrations: Integrations) {}

  /** @throws MaintenanceException if the handler must not run. */
  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const { byType, policy } = this.integrations;
    const integration = byType.get(context.getType());
    const key = integration?.callKey?.(context) ?? null;
    const admission = key === null ? undefined : policy.admissions.get(key);
    if (!integration || admission?.decision !== 'wait') return next.handle();
    if ((await policy.decide(admission, 'after-guards')) !== 'pass')
      throw this.integrations.refusal(integration, admission.status, context);
    policy.counts.pass(admission);
    integration.onExempted?.(context);
    integration.onAdmitted?.(context);
    return next.handle();
  }
}

/**
 * Turns a `MaintenanceException` into the page, the problem details or the redirect. Registered for the whole application
 * by the module, after the application's own global filters, so that Nest tries it first.
 *
 * @publicApi
 */
@Injectable()
@Catch(MaintenanceException)
export class MaintenanceExceptionFilter implements ExceptionFilter<MaintenanceException> {
  /** @internal Nest makes it. */
  constructor(private readonly integrations: Integrations) {}

  catch(exception: MaintenanceException, host: ArgumentsHost): MaintenanceException | undefined {
    // GraphQL and other transports send the error that a filter returns.
    if (host.getType() !== 'http') return exception;
    const { statusCode, allHeaders: headers, body } = exception.answer;
    const response: unknown = host.getArgByIndex(1);
    this.integrations.host.bridge.send(response, { statusCode, headers, body });
    return undefined;
  }
}

/**
 * Ends open streams of Server-Sent Events when maintenance begins for them. Registered only with `close.eventStreams`, and
 * before all other interceptors, which expect events of the application.
 */
export class EventStreamsInterceptor implements NestInterceptor {
  constructor(private readonly integrations: Integrations) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const handler = context.getHandler();
    if (context.getType() !== 'http' || !isEventStream(handler)) return next.handle();
    const rule = routeRuleOf(context.getClass(), handler);
    if (rule.kind === 'off') return next.handle();
    const facts = this.integrations.host.bridge.facts(context.getArgByIndex(0));
    let lastWord: MessageEvent | undefined;
    const begins = observableEvents(this.integrations.policy.state).pipe(
      // Maintenance may have begun since the guard has run.
      startWith(null),
      concatMap(() => this.#blocking(rule, facts)),
      filter((active) => active !== null),
      take(1),
      tap((status) => {
        lastWord = {
          type: 'maintenance',
          data: this.integrations.responder.exception(null, status).answer.problem,
        };
      }),
    );
    // Adds nothing to a stream that has ended by itself.
    return concat(
      next.handle().pipe(takeUntil(begins)),
      defer(() => (lastWord ? of(lastWord) : [])),
    );
  }

  /** The status that blocks the request that opened the stream; null: it passes. */
  async #blocking(rule: RouteRule, facts: RequestFacts): Promise<MaintenanceStatus | null> {
    const active = this.integrations.policy.activeStatus(rule);
    if (active === null) return null;
    const admission = new Admission(facts, active);
    return (await this.integrations.policy.admits(admission, rule)) ? null : active;
  }
}
