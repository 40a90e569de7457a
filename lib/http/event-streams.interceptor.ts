import type { CallHandler, ExecutionContext, MessageEvent, NestInterceptor } from '@nestjs/common';
import { concat, concatMap, defer, filter, type Observable, of, startWith, take, takeUntil, tap } from 'rxjs';
import type { RequestFacts } from '../interfaces/request-facts.js';
import type { MaintenanceStatus } from '../interfaces/maintenance-status.js';
import { isEventStream } from '../internals/nest.js';
import { type RouteRule, routeRuleOf } from '../policy/route-rules.js';
import { Admission } from '../policy/policy.js';
import type { CurrentState } from '../state/current-state.js';
import { AdapterFacts } from './adapter-bridge.js';
import type { Integrations } from './integration.js';

/**
 * Ends open streams of Server-Sent Events when maintenance begins for them. Registered only with `close.eventStreams`, and
 * before all other interceptors, which expect events of the application.
 */
export class EventStreamsInterceptor implements NestInterceptor {
  constructor(
    private readonly state: CurrentState,
    private readonly integrations: Integrations,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const handler = context.getHandler();
    if (context.getType() !== 'http' || !isEventStream(handler)) return next.handle();
    const rule = routeRuleOf(context.getClass(), handler);
    if (rule.kind === 'off') return next.handle();
    const facts = new AdapterFacts(context.switchToHttp().getRequest());
    let lastWord: MessageEvent | undefined;
    const begins = this.state.events.pipe(
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
