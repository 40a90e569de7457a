import { Body, Controller, Get, Header, HttpCode, Post } from '@nestjs/common';

/** A page with a form, and what was posted with it. */
@Controller()
export class ShopController {
  readonly orders: unknown[] = [];

  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  home(): string {
    return htmlPage('Shop', '<form method="post" action="/orders"><button>Order</button></form>');
  }

  @Get('orders')
  @Header('Content-Type', 'text/html; charset=utf-8')
  list(): string {
    return htmlPage('Orders', '');
  }

  @Post('orders')
  @HttpCode(200)
  @Header('Content-Type', 'text/html; charset=utf-8')
  order(@Body() body: unknown): string {
    this.orders.push(body);
    return htmlPage('Ordered', '');
  }
}

export function htmlPage(title: string, body: string): string {
  return `<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>${title}</title><h1>${title}</h1>${body}</html>`;
}
