import { Controller, Get } from '@nestjs/common';

@Controller('orders')
export class OrdersController {
  @Get()
  orders(): string[] {
    return ['A kettle', 'Two cups'];
  }
}
