import { All, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { MaintenanceOff } from '../../lib/index.js';

/** A route that maintenance never blocks. */
@Controller('off')
export class OffController {
  @All()
  @HttpCode(200)
  @MaintenanceOff()
  off(): string {
    return 'off';
  }
}

@Controller('closed')
export class ClosedController {
  @Get()
  read(): string {
    return 'closed';
  }

  @Post()
  @HttpCode(200)
  write(): string {
    return 'closed';
  }
}
