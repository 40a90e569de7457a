import { Module } from '@nestjs/common';
import { MaintenanceModule } from 'nestjs-maintenance-mode';
import { HealthController } from './health.controller.js';
import { maintenanceOptions } from './maintenance.options.js';
import { OrdersController } from './orders.controller.js';

@Module({
  imports: [MaintenanceModule.forRoot(maintenanceOptions)],
  controllers: [OrdersController, HealthController],
})
export class AppModule {}
