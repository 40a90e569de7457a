import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { MaintenanceModule } from 'nestjs-maintenance-mode';
import { maintenanceConfig } from 'nestjs-maintenance-mode/config';
import { HealthController } from './health.controller.js';
import { TeaController } from './tea.controller.js';

@Module({
  // Variables of the environment override those of .env.
  imports: [ConfigModule.forRoot(), MaintenanceModule.forRootAsync(maintenanceConfig.asProvider())],
  controllers: [TeaController, HealthController],
})
export class AppModule {}
