import { Module } from '@nestjs/common';
import type { Request } from 'express';
import { MaintenanceModule } from 'nestjs-maintenance-mode';
import { AdminModule } from './admin/admin.module.js';
import { AuthModule } from './auth/auth.module.js';
import { SessionService } from './auth/session.service.js';
import { CheckoutModule } from './checkout/checkout.module.js';
import { HealthController } from './health/health.controller.js';
import { HomeController } from './home/home.controller.js';
import { ProductsModule } from './products/products.module.js';

@Module({
  imports: [
    // The state is kept in maintenance-state.json. Without users to ask, `MaintenanceModule.forRoot()` is all it takes.
    MaintenanceModule.forRootAsync({
      imports: [AuthModule],
      controller: { loginUrl: '/login' },
      inject: [SessionService],
      useFactory: (sessions: SessionService) => ({
        user: { get: (request: Request) => sessions.userOf(request) },
      }),
    }),
    ProductsModule,
    CheckoutModule,
    AuthModule,
    AdminModule,
  ],
  controllers: [HomeController, HealthController],
})
export class AppModule {}
