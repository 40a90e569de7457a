import { Module } from '@nestjs/common';
import { AdminAccount } from './admin-account.js';
import { LoginController } from './login.controller.js';
import { SessionService } from './session.service.js';

@Module({
  controllers: [LoginController],
  providers: [AdminAccount, SessionService],
  exports: [AdminAccount, SessionService],
})
export class AuthModule {}
