import { Controller, Get } from '@nestjs/common';
import { HealthCheck, type HealthCheckResult, HealthCheckService } from '@nestjs/terminus';
import { MaintenanceOff } from 'nestjs-maintenance-mode';
import { MaintenanceHealthIndicator } from 'nestjs-maintenance-mode/terminus';

@Controller('health')
@MaintenanceOff()
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly maintenance: MaintenanceHealthIndicator,
  ) {}

  /** Whether the process works. It must not ask for what is being maintained: a restart would not help. */
  @Get('live')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /** Whether it gets traffic. During maintenance it does: otherwise visitors would see an error of the ingress, not the page. */
  @Get('ready')
  @HealthCheck()
  async ready(): Promise<HealthCheckResult> {
    return this.health.check([() => this.maintenance.check('maintenance', { whileStale: 'degraded' })]);
  }
}
