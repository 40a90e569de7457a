import { Module } from '@nestjs/common';
import { MaintenanceModule } from 'nestjs-maintenance-mode';
import { CatalogueResolver } from './catalogue.resolver.js';
import { CheckoutResolver } from './checkout.resolver.js';
import { ProductsService } from './products.service.js';

@Module({
  imports: [MaintenanceModule.forRoot()],
  providers: [ProductsService, CatalogueResolver, CheckoutResolver],
})
export class ShopModule {}
