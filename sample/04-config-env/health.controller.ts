import { Controller, Get } from '@nestjs/common';

/** Stays reachable because of MAINTENANCE_MODE_IGNORE_URLS. */
@Controller('health')
export class HealthController {
  @Get()
  health(): { status: string } {
    return { status: 'ok' };
  }
}
