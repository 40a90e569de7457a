import type { MaintenanceStatus } from '../contracts/maintenance-status.js';
import { HtmlTemplate } from '../response/html-template.js';

/** The page that asks a person who has opened `/on` or `/off` in a browser. */
export class ConfirmPage {
  readonly #template = new HtmlTemplate(new URL('./templates/confirm.hbs', import.meta.url));

  /** Cannot be framed, so that nobody can be made to click it; says its origin, so that the POST can be told from others. */
  readonly headers = {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': `${this.#template.contentSecurityPolicy}; frame-ancestors 'none'`,
    'X-Frame-Options': 'DENY',
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'same-origin',
  };

  render(action: 'on' | 'off', status: MaintenanceStatus, token: string | null): string {
    return this.#template.render({
      action,
      token,
      state: status.state,
      mode: status.mode,
      reason: status.reason,
      by: status.by,
      startsAt: status.startsAt?.toISOString() ?? null,
      endsAt: status.endsAt?.toISOString() ?? null,
    });
  }
}
