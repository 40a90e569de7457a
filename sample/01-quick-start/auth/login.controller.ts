import { Body, Controller, Get, HttpStatus, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { MaintenanceOff } from 'nestjs-maintenance-mode';
import { html } from '../html/html.js';
import { page } from '../html/page.js';
import { AdminAccount } from './admin-account.js';
import { SessionService } from './session.service.js';

/** Open during maintenance: the admin may have to log in to turn it off. */
@MaintenanceOff()
@Controller()
export class LoginController {
  constructor(
    private readonly account: AdminAccount,
    private readonly sessions: SessionService,
  ) {}

  @Get('login')
  form(): string {
    return loginPage('The password was printed when the application started.');
  }

  @Post('login')
  login(@Body() body: Readonly<Record<string, unknown>> | undefined, @Res() response: Response): void {
    if (this.account.isPassword(body?.['password'])) {
      this.sessions.start(response, this.account.user);
      response.redirect(HttpStatus.SEE_OTHER, '/admin');
    } else {
      response.status(HttpStatus.UNAUTHORIZED).send(loginPage('This is not the password.'));
    }
  }

  @Post('logout')
  logout(@Req() request: Request, @Res() response: Response): void {
    this.sessions.end(request, response);
    response.redirect(HttpStatus.SEE_OTHER, '/');
  }
}

function loginPage(hint: string): string {
  return page(
    'Log in as admin',
    html`<p>${hint}</p>
      <form method="post">
        <label
          >Password <input type="password" name="password" required autocomplete="current-password"
        /></label>
        <button>Log in</button>
      </form>`,
  );
}
