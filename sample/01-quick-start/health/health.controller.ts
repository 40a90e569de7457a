import { Controller, Get } from '@nestjs/common';
import { MaintenanceOff } from 'nestjs-maintenance-mode';

/**
 * Probes of Kubernetes and of load balancers get a 503 like everybody else, unless they are exempted: they would then
 * restart the application, or take it out of service, because of its maintenance.
 */
@MaintenanceOff()
@Controller('health')
export class HealthController {
  @Get()
  check(): { status: string } {
    return { status: 'ok' };
  }
}
