import { Controller, Get } from '@nestjs/common';
import { html } from '../html/html.js';
import { page } from '../html/page.js';
import { ProductsService } from './products.service.js';

@Controller('products')
export class ProductsController {
  constructor(private readonly products: ProductsService) {}

  @Get()
  list(): string {
    const items = this.products
      .all()
      .map(({ name, price }) => html`<li>${name}, ${price.toFixed(2)} per 100 g</li>`);
    return page(
      'Products',
      html`<ul>
          ${items}
        </ul>
        <p><a href="/checkout">Buy some</a></p>`,
    );
  }
}
