import { Controller, Get } from '@nestjs/common';
import { MaintenanceOff } from 'nestjs-maintenance-mode';

/**
 * Without `@MaintenanceOff()`, probes of Kubernetes and load balancers get a 503 too, and restart the application or take it
 * out of service because of its maintenance.
 */
@MaintenanceOff()
@Controller('health')
export class HealthController {
  @Get()
  check(): { status: string } {
    return { status: 'ok' };
  }
}
