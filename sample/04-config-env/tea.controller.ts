import { Controller, Get } from '@nestjs/common';

@Controller('teas')
export class TeaController {
  @Get()
  teas(): string[] {
    return ['Assam', 'Sencha', 'Oolong'];
  }
}
