import type { MaintenanceStatus } from '../interfaces/maintenance-status.js';
import { markup, type Markup } from '../response/html.js';
import type { Limits } from '../state/change-options.js';
import { cardPage } from './card-page.js';
import { isolated } from './lists.js';
import { time } from './times.js';

function reasonField(isRequired: boolean): Markup {
  return markup`<label for="reason">Reason, shown to visitors (${isRequired ? 'required' : 'optional'})</label>
<input id="reason" name="reason" dir="auto" maxlength="2000" autocomplete="off"${isRequired ? markup` required` : ''}>
`;
}

/** The page with the confirm button, for a person who opens `/on` or `/off` in a browser. */
export function confirmPage(
  action: 'on' | 'off',
  status: MaintenanceStatus,
  token: string | null,
  { requireReason }: Limits,
): string {
  const { state, mode, reason, by, startsAt, endsAt } = status;
  return cardPage(
    `Turn maintenance ${action}?`,
    markup`<h1>Turn maintenance ${action}?</h1>
<p>It is <strong>${state}</strong> now${mode === 'read-only' ? ' (read-only)' : ''}${startsAt && markup`, from ${time(startsAt)}`}${endsAt && markup`, until ${time(endsAt)}`}${by && markup`, set by ${isolated(by)}`}.</p>
${reason && markup`<p class="reason">Reason: ${isolated(reason)}</p>`}
<form method="post">
${token && markup`<input type="hidden" name="token" value="${token}">`}
${action === 'on' ? reasonField(requireReason) : ''}<button type="submit">Turn maintenance ${action}</button>
</form>
`,
  );
}
