import { Controller, Get } from '@nestjs/common';

@Controller()
export class ShopController {
  @Get()
  shop(): string {
    return 'Open for tea.\n';
  }
}
