import type { MaintenanceStatus } from '../interfaces/maintenance-status.js';
import { markup } from '../response/html.js';
import { cardPage } from './card-page.js';
import { time } from './times.js';

const REASON_FIELD = markup`<label for="reason">Reason, shown to visitors (optional)</label>
<input id="reason" name="reason" maxlength="2000" autocomplete="off">
`;

/** The page with the confirm button, for a person who opens `/on` or `/off` in a browser. */
export function confirmPage(action: 'on' | 'off', status: MaintenanceStatus, token: string | null): string {
  const { state, mode, reason, by, startsAt, endsAt } = status;
  return cardPage(
    `Turn maintenance ${action}?`,
    markup`<h1>Turn maintenance ${action}?</h1>
<p>It is <strong>${state}</strong> now${mode === 'read-only' ? ' (read-only)' : ''}${startsAt && markup`, from ${time(startsAt)}`}${endsAt && markup`, until ${time(endsAt)}`}${by && markup`, set by ${by}`}.</p>
${reason && markup`<p class="reason">Reason: ${reason}</p>`}
<form method="post">
${token && markup`<input type="hidden" name="token" value="${token}">`}
${action === 'on' ? REASON_FIELD : ''}<button type="submit">Turn maintenance ${action}</button>
</form>
`,
  );
}
