import {
  BadRequestException,
  Body,
  Controller,
  Get,
  HttpStatus,
  Post,
  Redirect,
  UseFilters,
  UseGuards,
} from '@nestjs/common';
import { MaintenanceOff, MaintenanceService } from 'nestjs-maintenance-mode';
import { LoginRedirectFilter } from '../auth/login-redirect.filter.js';
import { SuperuserGuard } from '../auth/superuser.guard.js';
import { adminPage } from './admin.page.js';

const MAX_MINUTES = 24 * 60;

/** Open during maintenance, for admins. */
@MaintenanceOff()
@UseGuards(SuperuserGuard)
@UseFilters(LoginRedirectFilter)
@Controller('admin')
export class AdminController {
  constructor(private readonly maintenance: MaintenanceService) {}

  @Get()
  page(): string {
    return adminPage(this.maintenance.status(), this.maintenance.status('checkout'));
  }

  @Post('maintenance/on')
  @Redirect('/admin', HttpStatus.SEE_OTHER)
  async turnOn(@Body() body: Readonly<Record<string, unknown>> = {}): Promise<void> {
    const minutes = Number(body['minutes']);
    const { reason } = body;
    if (!(minutes >= 1 && minutes <= MAX_MINUTES)) {
      throw new BadRequestException(`minutes: from 1 to ${MAX_MINUTES}`);
    }
    await this.maintenance.enable({
      ...(typeof reason === 'string' && reason !== '' && { reason }),
      endsAt: new Date(Date.now() + minutes * 60_000),
      by: 'admin',
    });
  }

  @Post('maintenance/off')
  @Redirect('/admin', HttpStatus.SEE_OTHER)
  async turnOff(): Promise<void> {
    await this.maintenance.disable({ by: 'admin' });
  }

  @Post('checkout/close')
  @Redirect('/admin', HttpStatus.SEE_OTHER)
  async closeCheckout(): Promise<void> {
    await this.maintenance.enable({ scope: 'checkout', reason: 'We are counting our tea.', by: 'admin' });
  }

  @Post('checkout/open')
  @Redirect('/admin', HttpStatus.SEE_OTHER)
  async openCheckout(): Promise<void> {
    await this.maintenance.disable({ scope: 'checkout', by: 'admin' });
  }
}
