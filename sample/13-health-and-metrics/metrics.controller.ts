import { Controller, Get, Header } from '@nestjs/common';
import { MaintenanceOff } from 'nestjs-maintenance-mode';
import { register } from 'prom-client';

@Controller('metrics')
@MaintenanceOff()
export class MetricsController {
  @Get()
  @Header('Content-Type', register.contentType)
  async metrics(): Promise<string> {
    return register.metrics();
  }
}
