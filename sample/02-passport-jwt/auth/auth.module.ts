import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { PassportModule } from '@nestjs/passport';
import { AccountsService } from './accounts.service.js';
import { JwtAuthGuard } from './jwt-auth.guard.js';
import { JwtStrategy } from './jwt.strategy.js';
import { LoginController } from './login.controller.js';
import { RolesGuard } from './roles.guard.js';
import { TokensService } from './tokens.service.js';

@Module({
  imports: [PassportModule],
  controllers: [LoginController],
  providers: [
    AccountsService,
    TokensService,
    JwtStrategy,
    { provide: APP_GUARD, useClass: JwtAuthGuard },
    { provide: APP_GUARD, useClass: RolesGuard },
  ],
  exports: [AccountsService, TokensService],
})
export class AuthModule {}
