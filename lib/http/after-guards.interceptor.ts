import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { Observable } from 'rxjs';
import type { Integrations } from './integration.js';

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
    const admission = key === null ? undefined : policy.admissionOf(key);
    if (!integration || admission?.decision !== 'wait') return next.handle();
    if ((await policy.decide(admission, 'after-guards')) !== 'pass')
      throw this.integrations.refusal(integration, admission.status, context);
    policy.counts.pass(admission);
    integration.onExempted?.(context);
    integration.onAdmitted?.(context);
    return next.handle();
  }
}
