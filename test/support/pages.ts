import { All, Controller, HttpCode } from '@nestjs/common';
import { MaintenanceScope } from '../../lib/index.js';

/** A page that answers every method with 200, for tests that only ask whether something is blocked. */
@Controller('page')
export class PageController {
  @All()
  @HttpCode(200)
  page(): string {
    return 'the page';
  }
}

/** The same in the scope `shop`, on which only the guard decides: what the gate answers reaches no handler's surroundings. */
@Controller('page')
@MaintenanceScope('shop')
export class ShopController extends PageController {}

/** What blocked HTML clients send: Chrome's. */
export const HTML = {
  Accept:
    'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,' +
    'application/signed-exchange;v=b3;q=0.7',
} as const;
