import {
  BadRequestException,
  Body,
  Controller,
  Get,
  Header,
  HttpStatus,
  Post,
  Redirect,
} from '@nestjs/common';
import { html } from '../html/html.js';
import { CONTENT_SECURITY_POLICY, page } from '../html/page.js';
import { STYLE } from '../html/style.js';
import { BOOKS } from './books.js';
import { OrdersService } from './orders.service.js';

@Controller()
export class ShopController {
  constructor(private readonly orders: OrdersService) {}

  @Get()
  @Header('Content-Security-Policy', CONTENT_SECURITY_POLICY)
  books(): string {
    const items = BOOKS.map(
      ({ id, title, author, price }) =>
        html`<li class="book">
          <h2>${title}</h2>
          <p class="by">${author}</p>
          <form method="post" action="/orders">
            <span class="price">${price.toFixed(2)} €</span>
            <button name="book" value="${id}">Order</button>
          </form>
        </li>`,
    );
    return page(
      'Books for long evenings',
      html`<ul class="books">
        ${items}
      </ul>`,
    );
  }

  @Get('orders')
  @Header('Content-Security-Policy', CONTENT_SECURITY_POLICY)
  async list(): Promise<string> {
    const stored = await this.orders.all();
    const rows =
      stored.version === 1
        ? stored.orders.map(({ book, price }) => ({ book, price: `${price.toFixed(2)} €` }))
        : stored.orders.map(({ book, cents }) => ({ book, price: `${(cents / 100).toFixed(2)} €` }));
    return page(
      'Orders',
      html`<p>${rows.length} so far, in version ${stored.version} of the order book.</p>
        <table>
          <tr>
            <th>Book</th>
            <th>Price</th>
          </tr>
          ${rows.map(
            ({ book, price }) =>
              html`<tr>
                <td>${titleOf(book)}</td>
                <td>${price}</td>
              </tr>`,
          )}
        </table>`,
    );
  }

  @Post('orders')
  @Redirect('/orders', HttpStatus.SEE_OTHER)
  async order(@Body() { book: id }: Readonly<Record<string, unknown>> = {}): Promise<void> {
    const book = BOOKS.find((candidate) => candidate.id === id);
    if (!book) throw new BadRequestException('One of our books, please.');
    await this.orders.place(book);
  }

  @Get('shop.css')
  @Header('Content-Type', 'text/css; charset=utf-8')
  style(): string {
    return STYLE;
  }
}

function titleOf(id: string): string {
  return BOOKS.find((book) => book.id === id)?.title ?? id;
}
