import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  HttpStatus,
  UnauthorizedException,
} from '@nestjs/common';
import type { Response } from 'express';

/** Redirects users who are not logged in to the login page. */
@Catch(UnauthorizedException)
export class LoginRedirectFilter implements ExceptionFilter<UnauthorizedException> {
  catch(_: UnauthorizedException, host: ArgumentsHost): void {
    host.switchToHttp().getResponse<Response>().redirect(HttpStatus.SEE_OTHER, '/login');
  }
}
