import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { Observable } from 'rxjs';
import { Policy } from '../policy/policy.js';
import { SealedResponses } from './gate/sealed-responses.js';
import { HttpPlatformHost } from './http-platform-host.js';
import { Integrations } from './integration.js';
import { Refusals } from './refusals.js';
import { UndecidedRequests } from './undecided-requests.js';

/**
 * Decides when all guards of the route have run, so that the user is known. Only there where the options ask for it, and
 * before all other interceptors: one that caches must not answer in its place.
 */
@Injectable()
export class LateDecisionInterceptor implements NestInterceptor {
  constructor(
    private readonly policy: Policy,
    private readonly refusals: Refusals,
    private readonly undecided: UndecidedRequests,
    private readonly seals: SealedResponses,
    private readonly platformHost: HttpPlatformHost,
    private readonly integrations: Integrations,
  ) {}

  /** @throws MaintenanceException where the handler must not run. */
  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    if (context.getType() !== 'http') return this.#interceptCall(context, next);
    const http = context.switchToHttp();
    const held = this.undecided.take(http.getRequest<object>());
    if (held === undefined) return next.handle();
    const facts = this.platformHost.platform.facts(http.getRequest());
    const verdict = await this.policy.judgeLate(held, facts);
    if (verdict !== null) throw this.refusals.refuse(verdict, facts, http.getResponse());
    this.seals.open(http.getResponse());
    return next.handle();
  }

  async #interceptCall(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const integration = this.integrations.of(context.getType());
    const key = integration?.undecidedKey?.(context) ?? null;
    const held = key === null ? undefined : this.undecided.take(key);
    if (!integration || held === undefined) return next.handle();
    const facts = integration.facts(context);
    const verdict = facts === null ? held : await this.policy.judgeLate(held, facts);
    if (verdict !== null) throw integration.refusal(this.refusals.refuseMessage(verdict), context);
    return next.handle();
  }
}
