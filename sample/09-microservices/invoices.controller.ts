import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { MaintenanceScope } from 'nestjs-maintenance-mode';

@Controller()
@MaintenanceScope('billing')
export class InvoicesController {
  @MessagePattern('invoices.latest')
  latest(): { number: number; total: string } {
    return { number: 17, total: '12.50' };
  }
}
