import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { MaintenanceStatus } from '../contracts/maintenance-status.js';
import type { RequestFacts } from '../contracts/request-facts.js';
import { Policy, type Verdict } from '../policy/policy.js';
import { MaintenanceException } from '../response/maintenance.exception.js';
import { Responder } from '../response/responder.js';
import { HttpPlatformHost } from './http-platform-host.js';
import { RouteRules } from './route-rules.js';

/** What is known of a message that is no HTTP request. */
const NO_REQUEST: RequestFacts = {
  method: '',
  url: '',
  headers: {},
  host: '',
  secure: false,
  request: undefined,
};

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
    private readonly responder: Responder,
    private readonly platformHost: HttpPlatformHost,
  ) {}

  /** @throws MaintenanceException where the handler must not run. */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const rule = this.rules.of(context.getClass(), context.getHandler());
    const held = this.policy.held(rule);
    if (held === null) return true;
    if (context.getType() !== 'http')
      throw new MaintenanceException(held, this.responder.answer(NO_REQUEST, held));
    const facts = this.platformHost.platform.facts(context.switchToHttp().getRequest());
    const verdict = this.policy.judge(rule, held, facts);
    return verdict instanceof Promise
      ? verdict.then((settled) => this.#enforce(settled, facts, context))
      : this.#enforce(verdict, facts, context);
  }

  #enforce(verdict: Verdict, facts: RequestFacts, context: ExecutionContext): true {
    if (verdict === null) return true;
    throw this.#refusal(verdict, facts, context);
  }

  /** The headers are set here, so that they are there whichever filter answers. */
  #refusal(status: MaintenanceStatus, facts: RequestFacts, context: ExecutionContext): MaintenanceException {
    const answer = this.responder.answer(facts, status);
    this.platformHost.platform.setHeaders(context.switchToHttp().getResponse(), answer.headers);
    return new MaintenanceException(status, answer);
  }
}
