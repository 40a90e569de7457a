import { Controller, Get } from '@nestjs/common';
import { MaintenanceOff, MaintenanceService, type MaintenanceStatus } from 'nestjs-maintenance-mode';

/** A probe gets 200 during maintenance, and without a database as well: this instance works. */
@MaintenanceOff()
@Controller('health')
export class HealthController {
  constructor(private readonly maintenance: MaintenanceService) {}

  @Get()
  health(): Pick<MaintenanceStatus, 'state' | 'stale' | 'revision'> {
    const { state, stale, revision } = this.maintenance.status();
    return { state, stale, revision };
  }
}
