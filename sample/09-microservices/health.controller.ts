import { Controller, Get } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { MaintenanceOff } from 'nestjs-maintenance-mode';

/** Answers over HTTP and TCP, during maintenance too. */
@Controller('health')
@MaintenanceOff()
export class HealthController {
  @Get()
  @MessagePattern('health')
  health(): { status: string } {
    return { status: 'ok' };
  }
}
