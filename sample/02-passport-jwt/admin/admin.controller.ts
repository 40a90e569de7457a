import { Controller, Get } from '@nestjs/common';
import { AccountsService } from '../auth/accounts.service.js';
import { Roles } from '../auth/roles.decorator.js';
import type { User } from '../auth/user.js';

@Roles(['admin'])
@Controller('admin')
export class AdminController {
  constructor(private readonly accounts: AccountsService) {}

  @Get('users')
  users(): readonly User[] {
    return this.accounts.all.map(({ user }) => user);
  }
}
