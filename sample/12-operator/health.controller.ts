import { Controller, Get } from '@nestjs/common';
import { MaintenanceOff } from 'nestjs-maintenance-mode';

/** Probes must not restart a shop that is closed on purpose. */
@MaintenanceOff()
@Controller('health')
export class HealthController {
  @Get()
  check(): { status: string } {
    return { status: 'up' };
  }
}
