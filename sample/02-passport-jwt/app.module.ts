import { Module } from '@nestjs/common';
import type { Request } from 'express';
import { MaintenanceModule } from 'nestjs-maintenance-mode';
import { AdminController } from './admin/admin.controller.js';
import { AuthModule } from './auth/auth.module.js';
import { Public } from './auth/public.decorator.js';
import { TokensService } from './auth/tokens.service.js';
import type { User } from './auth/user.js';
import { HealthController } from './health/health.controller.js';
import { ProfileController } from './profile/profile.controller.js';

@Module({
  imports: [
    // Before AuthModule: its guards run for every route, and in maintenance the answer is to be 503, not 401.
    MaintenanceModule.forRootAsync({
      imports: [AuthModule],
      inject: [TokensService],
      // The status is public; the toggle routes check for a superuser themselves.
      controller: { decorators: [Public()] },
      useFactory: (tokens: TokensService) => ({
        ignore: { staff: true },
        user: {
          get: (request: Request) => tokens.verify(request.headers.authorization),
          isStaff: ({ roles }: User) => roles.includes('staff'),
          isSuperuser: ({ roles }: User) => roles.includes('admin'),
        },
      }),
    }),
    AuthModule,
  ],
  controllers: [ProfileController, AdminController, HealthController],
})
export class AppModule {}
