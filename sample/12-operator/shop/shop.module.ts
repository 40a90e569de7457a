import { Module } from '@nestjs/common';
import { OrdersService } from './orders.service.js';
import { ShopController } from './shop.controller.js';

@Module({ controllers: [ShopController], providers: [OrdersService] })
export class ShopModule {}
