import { Module } from '@nestjs/common';
import type { Request } from 'express';
import { MaintenanceModule } from 'nestjs-maintenance-mode';
import { HealthController } from './health.controller.js';
import { LoginController } from './operator/login.controller.js';
import { Operator } from './operator/operator.js';
import { OperatorModule } from './operator/operator.module.js';
import { ShopModule } from './shop/shop.module.js';

@Module({
  imports: [
    MaintenanceModule.forRootAsync({
      imports: [OperatorModule],
      inject: [Operator],
      useFactory: (operator: Operator) => ({ user: { get: (request: Request) => operator.userOf(request) } }),
    }),
    OperatorModule,
    ShopModule,
  ],
  controllers: [HealthController, LoginController],
})
export class AppModule {}
