import { BadRequestException, Body, Controller, Get, Post } from '@nestjs/common';
import { MaintenanceScope } from 'nestjs-maintenance-mode';
import { html } from '../html/html.js';
import { page } from '../html/page.js';
import { ProductsService } from '../products/products.service.js';

/** A part that can be closed while the rest of the shop stays open. */
@MaintenanceScope('checkout')
@Controller('checkout')
export class CheckoutController {
  constructor(private readonly products: ProductsService) {}

  @Get()
  form(): string {
    const options = this.products.all().map(({ id, name }) => html`<option value="${id}">${name}</option>`);
    return page(
      'Checkout',
      html`<form method="post">
        <label>Your name <input name="name" required maxlength="100" /></label>
        <label
          >Tea
          <select name="product">
            ${options}
          </select></label
        >
        <button>Order</button>
      </form>`,
    );
  }

  @Post()
  order(@Body() { name, product: id }: Readonly<Record<string, unknown>> = {}): string {
    const product = this.products.find(id);
    if (!product || typeof name !== 'string' || name === '') {
      throw new BadRequestException('A name and one of our products, please.');
    }
    return page('Thank you', html`<p>${product.name} is on its way to you, ${name}.</p>`);
  }
}
