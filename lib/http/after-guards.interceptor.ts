import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { Observable } from 'rxjs';
import { Policy } from '../policy/policy.js';
import { Integrations } from './integration.js';

/**
 * Decides when all guards of the route have run, so that the user is known. Registered only if the options ask for it, and
 * before all other interceptors: one that caches must not answer in its place.
 */
@Injectable()
export class AfterGuardsInterceptor implements NestInterceptor {
  constructor(
    private readonly policy: Policy,
    private readonly integrations: Integrations,
  ) {}

  /** @throws MaintenanceException if the handler must not run. */
  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const type = context.getType<string>();
    const integration = this.integrations.all.find(({ contextType }) => contextType === type);
    const key = integration?.callKey?.(context) ?? null;
    const admission = key === null ? undefined : this.policy.admissionOf(key);
    if (!integration || admission?.decision !== 'wait') return next.handle();
    if ((await this.policy.decide(admission, 'after-guards')) !== 'pass')
      throw integration.refusal(admission.status, context);
    integration.onAdmitted?.(context);
    return next.handle();
  }
}
