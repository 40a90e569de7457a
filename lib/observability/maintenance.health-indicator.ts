import { Inject, Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { MaintenanceOptionsError } from '../errors.js';
import { OBSERVATIONS } from '../interfaces/tokens.js';
import type { Observations } from './observations.js';

/** From best to worst. `degraded` does not fail the health check, and needs Terminus 12. @publicApi */
export type MaintenanceHealth = 'up' | 'degraded' | 'down';

/** What a health check reports, by the state of maintenance. @publicApi */
export interface MaintenanceHealthOptions {
  /** The result while the whole application is in maintenance, in either mode. Default: `up`. */
  readonly whileActive?: MaintenanceHealth;
  /** The result while the storage cannot be read, and the last known state is in effect. Default: `up`. */
  readonly whileStale?: MaintenanceHealth;
}

const FROM_WORST = ['down', 'degraded', 'up'] as const;

type Session = ReturnType<HealthIndicatorService['check']>;
type Report = (data: Readonly<Record<string, unknown>>) => HealthIndicatorResult;

/**
 * Reports the maintenance state to a health check of `@nestjs/terminus`, 11 or 12. It is a provider of the module that imports
 * `TerminusModule`. The route of the health check itself must be `@MaintenanceOff()`.
 *
 * @example
 * ```ts
 * @Get('ready')
 * @MaintenanceOff()
 * @HealthCheck()
 * ready() {
 *   return this.health.check([() => this.maintenance.check('maintenance', { whileStale: 'degraded' })]);
 * }
 * ```
 * @publicApi
 */
@Injectable()
export class MaintenanceHealthIndicator {
  /** @internal Nest makes it. */
  constructor(
    private readonly health: HealthIndicatorService,
    @Inject(OBSERVATIONS) private readonly observations: Observations,
  ) {}

  /**
   * The state of the whole application, from memory. If maintenance is active and the state is stale, the worse of the two
   * results counts.
   *
   * @throws MaintenanceOptionsError for `degraded` with a version of Terminus that does not have it.
   */
  check<const Key extends string>(
    key: Key,
    { whileActive = 'up', whileStale = 'up' }: MaintenanceHealthOptions = {},
  ): HealthIndicatorResult<Key> {
    const session: Partial<Session> = this.health.check(key);
    // Now, not during the next maintenance.
    checkSupported(session, 'whileActive', whileActive);
    checkSupported(session, 'whileStale', whileStale);
    const { state, mode, reason, startsAt, endsAt, stale } = this.observations.status;
    const applying = [...(state === 'active' ? [whileActive] : []), ...(stale ? [whileStale] : [])];
    const result = FROM_WORST.find((health) => applying.includes(health)) ?? 'up';
    const report = session[result] as Report;
    return report.call(session, {
      state,
      mode,
      reason,
      startsAt,
      endsAt,
      stale,
    }) as HealthIndicatorResult<Key>;
  }
}

function checkSupported(session: Partial<Session>, option: string, health: MaintenanceHealth): void {
  if (!(FROM_WORST as readonly string[]).includes(health)) {
    throw new MaintenanceOptionsError(option, `expected up, degraded or down, got ${JSON.stringify(health)}`);
  }
  if (session[health] === undefined) {
    throw new MaintenanceOptionsError(option, `"${health}" needs @nestjs/terminus 12. Use "up" or "down".`);
  }
}
