import { Logger } from '@nestjs/common';
import { filter, map, take } from 'rxjs';
import type { MaintenanceStatus } from '../interfaces/maintenance-status.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
import type { CurrentState } from '../state/current-state.js';

/**
 * Warns once, when the whole application is in maintenance and nothing lets health checks through: an orchestrator would
 * restart what is being maintained.
 *
 * @param hasExemptRoute whether the application has a route of its own that is `@MaintenanceOff()`.
 */
export function warnAboutProbes(
  state: Pick<CurrentState, 'status' | 'events'>,
  ignore: ResolvedOptions['ignore'],
  hasExemptRoute: boolean,
): void {
  if (hasExemptRoute || mayLetProbesThrough(ignore)) return;
  if (blocksProbes(state.status())) {
    warn();
    return;
  }
  const begins = state.events.pipe(
    map(({ after }) => after),
    filter(blocksProbes),
    take(1),
  );
  begins.subscribe(warn);
}

function warn(): void {
  new Logger('MaintenanceMode').warn(
    'Health checks of this application get a 503 during maintenance: no route is @MaintenanceOff(), and ignore.urls is empty. ' +
      'Kubernetes or a load balancer may restart the application or take it out of service. See docs/kubernetes.md.',
  );
}

/** By their path, or by a rule that may be meant for them: probes come from certain addresses, and have no user. */
function mayLetProbesThrough({
  urls = [],
  ipAddresses,
  when,
  anonymousUsers,
}: ResolvedOptions['ignore']): boolean {
  return urls.length > 0 || ipAddresses.length > 0 || when !== undefined || anonymousUsers === true;
}

/** Read-only maintenance lets them through: they are GET requests. */
function blocksProbes({ state, mode, scope }: MaintenanceStatus): boolean {
  return scope === null && state === 'active' && mode === 'full';
}
