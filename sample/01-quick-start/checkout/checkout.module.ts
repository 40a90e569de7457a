import { Module } from '@nestjs/common';
import { ProductsModule } from '../products/products.module.js';
import { CheckoutController } from './checkout.controller.js';

@Module({ imports: [ProductsModule], controllers: [CheckoutController] })
export class CheckoutModule {}
