import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { MaintenanceStatus } from '../interfaces/maintenance-status.js';
import type { RequestFacts } from '../interfaces/request-facts.js';
import { Admission, type Decision } from '../policy/policy.js';
import { routeRuleOf } from '../policy/route-rules.js';
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
    const { byType, policy, responder } = this.integrations;
    const integration = byType.get(context.getType());
    integration?.onHandler?.(context);
    const rule = routeRuleOf(context.getClass(), context.getHandler());
    const active = policy.activeStatus(rule);
    if (active === null) {
      if (rule.kind === 'off') integration?.onAdmitted?.(context);
      return true;
    }
    // Calls of an unknown context type never pass.
    if (!integration) throw responder.exception(null, active);
    if (integration.passes?.(context, rule, active)) return true;
    const facts = rule.kind === 'on' ? null : integration.facts(context);
    if (facts === null) throw integration.refusal(active, context);
    if (this.#passedAtGate(facts, active)) return true;
    return this.#decide(integration, context, facts, active);
  }

  #passedAtGate({ request }: RequestFacts, active: MaintenanceStatus): boolean {
    const admission = this.integrations.policy.admissionOf(request as object);
    return admission?.decision === 'pass' && admission.status === active;
  }

  #decide(
    integration: Integration,
    context: ExecutionContext,
    facts: RequestFacts,
    active: MaintenanceStatus,
  ): boolean | Promise<boolean> {
    const act = (decision: Decision | boolean): true => {
      if (decision === false || decision === 'block') throw integration.refusal(active, context);
      if (decision !== 'wait') integration.onAdmitted?.(context);
      return true;
    };
    const decision = this.#ask(integration, context, facts, active);
    return decision instanceof Promise ? decision.then(act) : act(decision);
  }

  #ask(
    integration: Integration,
    context: ExecutionContext,
    facts: RequestFacts,
    active: MaintenanceStatus,
  ): Decision | boolean | Promise<Decision | boolean> {
    if (integration.knowsUser) return this.integrations.policy.admits(facts, active);
    const key = integration.callKey?.(context) ?? null;
    if (key !== null)
      return this.integrations.policy.decide(this.integrations.policy.admission(key, facts, active), 'guard');
    // No interceptor will decide later.
    const decision = this.integrations.policy.decide(new Admission(facts, active), 'guard');
    return decision instanceof Promise ? decision.then(isPass) : isPass(decision);
  }
}

function isPass(decision: Decision): boolean {
  return decision === 'pass';
}
