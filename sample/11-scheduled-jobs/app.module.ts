import { Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { MaintenanceModule } from 'nestjs-maintenance-mode';
import { RemindersService } from './reminders.service.js';
import { InvoicesService } from './invoices.service.js';

@Module({
  imports: [ScheduleModule.forRoot(), MaintenanceModule.forRoot()],
  providers: [RemindersService, InvoicesService],
})
export class AppModule {}
