import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { MaintenanceStatus } from '../interfaces/maintenance-status.js';
import type { RequestFacts } from '../interfaces/request-facts.js';
import { Admission } from '../policy/policy.js';
import { isDeclared, type RouteRule, routeRuleOf } from '../policy/route-rules.js';
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
    // HTTP requests have waited at the gate.
    const current = context.getType() === 'ws' ? this.integrations.policy.whenCurrent() : null;
    return current === null ? this.#canActivate(context) : current.then(() => this.#canActivate(context));
  }

  #canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const { byType, policy, responder } = this.integrations;
    const integration = byType.get(context.getType());
    integration?.onHandler?.(context);
    const rule = routeRuleOf(context.getClass(), context.getHandler());
    const active = policy.activeStatus(rule);
    if (active === null) {
      if (rule.kind === 'off' || isDeclared('safe', rule)) integration?.onAdmitted?.(context);
      return true;
    }
    // Calls of an unknown context type never pass.
    if (!integration) {
      policy.counts.block(context.getType(), active, null);
      throw responder.exception(null, active);
    }
    if (integration.passes?.(context, rule, active)) return true;
    const facts = rule.kind === 'on' ? null : integration.facts(context);
    if (facts === null) throw this.integrations.refusal(integration, active, context);
    if (this.#passedAtGate(facts, active)) return true;
    return this.#decide(integration, context, { facts, active, rule });
  }

  #passedAtGate({ request }: RequestFacts, active: MaintenanceStatus): boolean {
    const admission = this.integrations.policy.admissionOf(request as object);
    return admission?.decision === 'pass' && admission.status === active;
  }

  #decide(
    integration: Integration,
    context: ExecutionContext,
    { facts, active, rule }: Asked,
  ): boolean | Promise<boolean> {
    const { policy } = this.integrations;
    const key = integration.callKey?.(context) ?? null;
    const admission = key === null ? new Admission(facts, active) : policy.admission(key, facts, active);
    const act = (passes: boolean): true => {
      if (!passes) throw this.integrations.refusal(integration, active, context);
      policy.counts.pass(admission);
      integration.onAdmitted?.(context);
      return true;
    };
    if (integration.knowsUser) return whenSettled(policy.admits(admission, rule), act);
    if (policy.onlyReads(active, facts, rule)) return act(true);
    if (key !== null) policy.keep(key, admission);
    return whenSettled(policy.decide(admission, 'guard'), (decision) => {
      // Without a key no interceptor decides later.
      if (decision === 'wait' && key !== null) return true;
      if (decision === 'pass') integration.onExempted?.(context);
      return act(decision === 'pass');
    });
  }
}

interface Asked {
  readonly facts: RequestFacts;
  /** The status that blocks the handler. */
  readonly active: MaintenanceStatus;
  readonly rule: RouteRule;
}

/** At once if there is nothing to wait for. */
function whenSettled<T>(value: T | Promise<T>, act: (settled: T) => boolean): boolean | Promise<boolean> {
  return value instanceof Promise ? value.then(act) : act(value);
}
