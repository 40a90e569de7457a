import { Controller, Get, NotFoundException, Param } from '@nestjs/common';
import type { Product } from './product.js';
import { ProductsService } from './products.service.js';

/** In maintenance its clients get problem details (RFC 9457) instead of the page. */
@Controller('api/products')
export class ProductsApiController {
  constructor(private readonly products: ProductsService) {}

  @Get()
  list(): readonly Product[] {
    return this.products.all();
  }

  @Get(':id')
  find(@Param('id') id: string): Product {
    const product = this.products.find(id);
    if (!product) throw new NotFoundException();
    return product;
  }
}
