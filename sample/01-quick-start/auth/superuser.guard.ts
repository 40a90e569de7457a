import { type CanActivate, type ExecutionContext, Injectable, UnauthorizedException } from '@nestjs/common';
import type { Request } from 'express';
import { SessionService } from './session.service.js';

@Injectable()
export class SuperuserGuard implements CanActivate {
  constructor(private readonly sessions: SessionService) {}

  canActivate(context: ExecutionContext): boolean {
    const user = this.sessions.userOf(context.switchToHttp().getRequest<Request>());
    if (user === null) throw new UnauthorizedException();
    return user.isSuperuser;
  }
}
