import { Controller, Get } from '@nestjs/common';

@Controller()
export class ShopController {
  @Get()
  open(): { shop: string } {
    return { shop: 'open' };
  }
}
