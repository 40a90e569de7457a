import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { MaintenanceModule } from 'nestjs-maintenance-mode';
import { MaintenancePrometheusModule } from 'nestjs-maintenance-mode/prometheus';
import { MaintenanceHealthIndicator } from 'nestjs-maintenance-mode/terminus';
import { HealthController } from './health.controller.js';
import { MetricsController } from './metrics.controller.js';
import { ShopController } from './shop.controller.js';

@Module({
  imports: [
    MaintenanceModule.forRoot(),
    MaintenancePrometheusModule.forRoot(),
    // The time in which Kubernetes takes the pod out of its services, before the application stops to listen.
    TerminusModule.forRoot({ gracefulShutdownTimeoutMs: Number(process.env['SHUTDOWN_MS'] ?? 0) }),
  ],
  controllers: [ShopController, HealthController, MetricsController],
  providers: [MaintenanceHealthIndicator],
})
export class AppModule {}
