import { Body, Controller, HttpCode, HttpStatus, Post, UnauthorizedException } from '@nestjs/common';
import { MaintenanceOff } from 'nestjs-maintenance-mode';
import { AccountsService } from './accounts.service.js';
import { Public } from './public.decorator.js';
import { TokensService } from './tokens.service.js';

/** Open during maintenance: staff may have to log in first. */
@Public()
@MaintenanceOff()
@Controller('login')
export class LoginController {
  constructor(
    private readonly accounts: AccountsService,
    private readonly tokens: TokensService,
  ) {}

  @Post()
  @HttpCode(HttpStatus.OK)
  async login(@Body() body: Readonly<Record<string, unknown>> = {}): Promise<{ token: string }> {
    const user = this.accounts.find(body['name'], body['password']);
    if (user === null) throw new UnauthorizedException();
    return { token: await this.tokens.issue(user) };
  }
}
