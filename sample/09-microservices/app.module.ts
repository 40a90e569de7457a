import { Module } from '@nestjs/common';
import { MaintenanceModule } from 'nestjs-maintenance-mode';
import { HealthController } from './health.controller.js';
import { InvoicesController } from './invoices.controller.js';
import { StockController } from './stock.controller.js';

@Module({
  imports: [MaintenanceModule.forRoot()],
  controllers: [StockController, InvoicesController, HealthController],
})
export class AppModule {}
