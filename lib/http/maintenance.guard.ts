import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { MaintenanceStatus } from '../contracts/maintenance-status.js';
import type { RequestFacts } from '../contracts/request-facts.js';
import { Policy, type Verdict } from '../policy/policy.js';
import type { RouteRule } from '../policy/route-rule.js';
import { PassedRequests } from './gate/passed-requests.js';
import { SealedResponses } from './gate/sealed-responses.js';
import { HttpPlatformHost } from './http-platform-host.js';
import { type Integration, Integrations } from './integration.js';
import { Refusals } from './refusals.js';
import { RouteRules } from './route-rules.js';
import { UndecidedRequests } from './undecided-requests.js';
import { ViewLocals } from './view-locals.js';

/**
 * Has the last word on every handler, knowing the class and the handler that really run. Registered for the whole
 * application by the module.
 *
 * @publicApi
 */
@Injectable()
export class MaintenanceGuard implements CanActivate {
  constructor(
    private readonly rules: RouteRules,
    private readonly policy: Policy,
    private readonly refusals: Refusals,
    private readonly undecided: UndecidedRequests,
    private readonly viewLocals: ViewLocals,
    private readonly seals: SealedResponses,
    private readonly passed: PassedRequests,
    private readonly platformHost: HttpPlatformHost,
    private readonly integrations: Integrations,
  ) {}

  /** @throws MaintenanceException where the handler must not run. */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const isHttp = context.getType() === 'http';
    if (isHttp) this.viewLocals.expose(responseOf(context));
    const rule = this.rules.of(context.getClass(), context.getHandler());
    const held = this.policy.held(rule);
    if (held === null) return rule.kind === 'off' ? this.#letIn(context) : true;
    if (!isHttp) return this.#judgeCall(held, rule, context);
    const facts = this.platformHost.platform.facts(context.switchToHttp().getRequest());
    if (rule.kind === 'on') return this.#enforce(held, facts, context);
    if (this.passed.has(facts.request as object, held)) return true;
    const verdict = this.policy.judge(held, facts);
    return verdict instanceof Promise
      ? verdict.then((settled) => this.#decide(settled, facts, context))
      : this.#decide(verdict, facts, context);
  }

  /** Without an integration for it, nothing passes. */
  #judgeCall(
    held: MaintenanceStatus,
    rule: RouteRule,
    context: ExecutionContext,
  ): boolean | Promise<boolean> {
    const integration = this.integrations.of(context.getType());
    if (integration?.passes?.(context, rule, held)) return true;
    const facts = rule.kind === 'on' ? null : (integration?.facts(context) ?? null);
    if (facts === null) return this.#refuse(held, integration, context);
    if (this.passed.has(facts.request as object, held)) return true;
    const verdict =
      integration?.knowsUser === true ? this.policy.judgeAtOnce(held, facts) : this.policy.judge(held, facts);
    return verdict instanceof Promise
      ? verdict.then((settled) => this.#decideCall(settled, integration, context))
      : this.#decideCall(verdict, integration, context);
  }

  #decideCall(verdict: Verdict, integration: Integration | undefined, context: ExecutionContext): true {
    if (verdict === null) return true;
    const key = this.policy.decidesLate ? (integration?.undecidedKey?.(context) ?? null) : null;
    if (key === null) return this.#refuse(verdict, integration, context);
    this.undecided.add(key, verdict);
    return true;
  }

  #refuse(held: MaintenanceStatus, integration: Integration | undefined, context: ExecutionContext): never {
    const exception = this.refusals.refuseMessage(held);
    throw integration?.refusal(exception, context) ?? exception;
  }

  #decide(verdict: Verdict, facts: RequestFacts, context: ExecutionContext): true {
    if (verdict === null) return this.#letIn(context);
    if (!this.policy.decidesLate) return this.#enforce(verdict, facts, context);
    this.undecided.add(context.switchToHttp().getRequest<object>(), verdict);
    return true;
  }

  #letIn(context: ExecutionContext): true {
    if (context.getType() === 'http') this.seals.open(responseOf(context));
    return true;
  }

  #enforce(status: MaintenanceStatus, facts: RequestFacts, context: ExecutionContext): never {
    throw this.refusals.refuse(status, facts, responseOf(context));
  }
}

/** As `switchToHttp()` has it, which makes an object with three functions each time. */
function responseOf(context: ExecutionContext): object {
  return context.getArgByIndex<object>(1);
}
