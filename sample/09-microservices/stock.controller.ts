import { Controller } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';

interface Delivery {
  readonly kilograms: number;
}

@Controller()
export class StockController {
  #kilograms = 40;

  @MessagePattern('stock.count')
  count(): { kilograms: number } {
    return { kilograms: this.#kilograms };
  }

  /** Over TCP an event that comes during maintenance is lost; docs/microservices.md says what to do. */
  @EventPattern('stock.delivered')
  delivered(@Payload() { kilograms }: Delivery): void {
    this.#kilograms += kilograms;
  }
}
