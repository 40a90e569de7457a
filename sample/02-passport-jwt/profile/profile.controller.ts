import { Controller, Get, Req } from '@nestjs/common';
import type { User } from '../auth/user.js';

@Controller('profile')
export class ProfileController {
  @Get()
  profile(@Req() { user }: { user: User }): User {
    return user;
  }
}
