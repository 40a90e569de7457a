import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type MessageEvent,
  type NestInterceptor,
} from '@nestjs/common';
import { concat, concatMap, defer, filter, type Observable, of, startWith, take, takeUntil, tap } from 'rxjs';
import type { RequestFacts } from '../interfaces/request-facts.js';
import { Policy, type Verdict } from '../policy/policy.js';
import type { RouteRule } from '../policy/route-rule.js';
import { CurrentState } from '../state/current-state.js';
import { HttpPlatformHost } from './http-platform-host.js';
import { Refusals } from './refusals.js';
import { RouteRules } from './route-rules.js';

/** What `@Sse()` writes on a handler; @nestjs/common keeps the key to itself. */
const SSE = '__sse__';

/**
 * Ends open streams of Server-Sent Events when maintenance begins for them. Only there where `close.eventStreams` is set,
 * and outside all other interceptors, which expect events of the application.
 */
@Injectable()
export class EventStreamsInterceptor implements NestInterceptor {
  constructor(
    private readonly state: CurrentState,
    private readonly rules: RouteRules,
    private readonly policy: Policy,
    private readonly refusals: Refusals,
    private readonly platformHost: HttpPlatformHost,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const handler = context.getHandler();
    if (context.getType() !== 'http' || !Reflect.getMetadata(SSE, handler)) return next.handle();
    const rule = this.rules.of(context.getClass(), handler);
    if (rule.kind === 'off') return next.handle();
    const facts = this.platformHost.platform.facts(context.switchToHttp().getRequest());
    let lastWord: MessageEvent | undefined;
    const begins = this.state.events.pipe(
      // Maintenance may have begun since the guard was asked.
      startWith(null),
      concatMap(() => this.#judge(rule, facts)),
      filter((verdict) => verdict !== null),
      take(1),
      tap((status) => {
        lastWord = { type: 'maintenance', data: this.refusals.refuseMessage(status).answer.problem };
      }),
    );
    // Nothing is added to a stream that has ended by itself.
    return concat(
      next.handle().pipe(takeUntil(begins)),
      defer(() => (lastWord ? of(lastWord) : [])),
    );
  }

  /** As the guard and the late decision do it, on the request that opened the stream. */
  async #judge(rule: RouteRule, facts: RequestFacts): Promise<Verdict> {
    const held = this.policy.held(rule);
    const verdict = held && (await this.policy.judge(held, facts));
    return verdict && this.policy.judgeLate(verdict, facts);
  }
}
