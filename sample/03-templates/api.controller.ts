import { Controller, Get } from '@nestjs/common';

@Controller('api/teas')
export class ApiController {
  @Get()
  list(): readonly string[] {
    return ['Assam', 'Darjeeling', 'Sencha'];
  }
}
