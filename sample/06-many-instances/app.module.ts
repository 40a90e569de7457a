import { Module } from '@nestjs/common';
import { MaintenanceModule } from 'nestjs-maintenance-mode';
import { RedisStorage } from 'nestjs-maintenance-mode/redis';
import { operatorOf } from './operator.js';
import { ShopController } from './shop.controller.js';

@Module({
  imports: [
    MaintenanceModule.forRootAsync({
      useFactory: () => ({
        storage: new RedisStorage({ url: process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379' }),
        user: { get: operatorOf },
      }),
    }),
  ],
  controllers: [ShopController],
})
export class AppModule {}
