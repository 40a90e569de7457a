import { Module } from '@nestjs/common';
import { ProductsApiController } from './products-api.controller.js';
import { ProductsController } from './products.controller.js';
import { ProductsService } from './products.service.js';

@Module({
  controllers: [ProductsController, ProductsApiController],
  providers: [ProductsService],
  exports: [ProductsService],
})
export class ProductsModule {}
