import { Controller, Get } from '@nestjs/common';
import { MaintenanceOff } from 'nestjs-maintenance-mode';
import { Public } from '../auth/public.decorator.js';

@Public()
@MaintenanceOff()
@Controller('health')
export class HealthController {
  @Get()
  check(): { status: string } {
    return { status: 'ok' };
  }
}
