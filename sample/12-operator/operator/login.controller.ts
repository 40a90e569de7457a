import { Body, Controller, Get, Header, HttpStatus, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import { MaintenanceOff } from 'nestjs-maintenance-mode';
import { html } from '../html/html.js';
import { CONTENT_SECURITY_POLICY, page } from '../html/page.js';
import { COOKIE, Operator } from './operator.js';

/** Open during maintenance: the operator may have to log in to end it. */
@MaintenanceOff()
@Controller('login')
export class LoginController {
  constructor(private readonly operator: Operator) {}

  @Get()
  @Header('Content-Security-Policy', CONTENT_SECURITY_POLICY)
  form(): string {
    return loginPage('The token was printed when the shop started.');
  }

  @Post()
  login(@Body() body: Readonly<Record<string, unknown>> | undefined, @Res() response: Response): void {
    const token = body?.['token'];
    if (this.operator.isToken(token)) {
      // With SameSite other sites cannot post our forms in the operator's name.
      response.cookie(COOKIE, token, { httpOnly: true, sameSite: 'lax' });
      response.redirect(HttpStatus.SEE_OTHER, '/maintenance-mode/admin');
    } else {
      response.status(HttpStatus.UNAUTHORIZED).send(loginPage('This is not the token.'));
    }
  }
}

function loginPage(hint: string): string {
  return page(
    'Staff entrance',
    html`<form method="post" class="panel">
      <p>${hint}</p>
      <label>Token <input type="password" name="token" required autocomplete="current-password" /></label>
      <button>Come in</button>
    </form>`,
  );
}
