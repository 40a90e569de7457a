import type { MaintenanceStatus } from 'nestjs-maintenance-mode';
import { type Html, html } from '../html/html.js';
import { page } from '../html/page.js';

export function adminPage(shop: MaintenanceStatus, checkout: MaintenanceStatus): string {
  return page(
    'Admin',
    html`<p>Maintenance of the whole shop: <strong>${describe(shop)}</strong></p>
      <p>Maintenance of the checkout: <strong>${describe(checkout)}</strong></p>
      <h2>By the service</h2>
      <form method="post" action="/admin/maintenance/on">
        <label>Reason <input name="reason" maxlength="200" /></label>
        <label>Minutes <input name="minutes" type="number" min="1" max="1440" value="10" required /></label>
        <button>Turn maintenance on</button>
      </form>
      ${button('/admin/maintenance/off', 'Turn maintenance off')}
      ${button('/admin/checkout/close', 'Close the checkout only')}
      ${button('/admin/checkout/open', 'Open the checkout')}
      <h2>By the admin page of the module</h2>
      <p>
        <a href="/maintenance-mode/admin">The admin page</a> plans maintenance, too, and shows what is on, who
        passes, and the last changes. To be asked only once:
        <a href="/maintenance-mode/on?next=/admin">turn it on</a>,
        <a href="/maintenance-mode/off?next=/admin">turn it off</a>.
      </p>
      ${button('/logout', 'Log out')}`,
  );
}

function describe({ state, reason, endsAt }: MaintenanceStatus): string {
  return [state, endsAt && `until ${endsAt.toISOString()}`, reason].filter(Boolean).join(', ');
}

function button(action: string, label: string): Html {
  return html`<form method="post" action="${action}">
    <p><button>${label}</button></p>
  </form>`;
}
