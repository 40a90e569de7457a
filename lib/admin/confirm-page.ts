import type { MaintenanceStatus } from '../interfaces/maintenance-status.js';
import { CARD_STYLE, contentSecurityPolicy, markup, type Markup, utc } from '../response/html.js';
import { createHmac, timingSafeEqual } from 'node:crypto';

const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f4f5f7; --card: #ffffff; --text: #1f2937; --line: #e0e3e8; --field: #6b7280; --accent: #b45309; --on-accent: #ffffff;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #10151f; --card: #1b2330; --text: #f3f4f6; --line: #354052; --field: #8b95a7; --accent: #fbbf24; --on-accent: #10151f;
  }
}${CARD_STYLE}
h1 { margin: 0 0 .75rem; font-size: clamp(1.5rem, 5vw, 2rem); line-height: 1.2; text-wrap: balance; }
p { margin: .5rem 0; overflow-wrap: anywhere; }
.reason { white-space: pre-line; }
form { margin-top: 1.5rem; }
label { display: block; font-weight: 600; }
input, button { width: 100%; padding: .625rem .875rem; font: inherit; border-radius: .5rem; }
input { margin: .375rem 0 1.25rem; color: inherit; background: var(--card); border: 1px solid var(--field); }
button { font-weight: 600; color: var(--on-accent); background: var(--accent); border: 1px solid var(--accent); cursor: pointer; }
button:hover { filter: brightness(1.08); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
`;

const SCRIPT = `
(() => {
  for (const time of document.querySelectorAll('time')) {
    const format = new Intl.DateTimeFormat(undefined, {
      day: 'numeric', month: 'long', year: 'numeric', hour: 'numeric', minute: '2-digit', timeZoneName: 'short',
    });
    time.textContent = format.format(new Date(time.dateTime));
    time.lang = format.resolvedOptions().locale;
  }
})();
`;

const policy = contentSecurityPolicy({ scripts: [SCRIPT], styles: [STYLE] });

/** The page cannot be framed (clickjacking), and browsers send its origin with the POST. */
export const confirmPageHeaders = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': `${policy}; frame-ancestors 'none'`,
  'X-Frame-Options': 'DENY',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'same-origin',
};

const REASON_FIELD = markup`<label for="reason">Reason, shown to visitors (optional)</label>
<input id="reason" name="reason" maxlength="2000" autocomplete="off">
`;

/** The page with the confirm button, for a person who opens `/on` or `/off` in a browser. */
export function confirmPage(action: 'on' | 'off', status: MaintenanceStatus, token: string | null): string {
  const { state, mode, reason, by, startsAt, endsAt } = status;
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Turn maintenance ${action}?</title>
<style>${markup.trusted(STYLE)}</style>
</head>
<body>
<main>
<h1>Turn maintenance ${action}?</h1>
<p>It is <strong>${state}</strong> now${mode === 'read-only' ? ' (read-only)' : ''}${startsAt && markup`, from ${time(startsAt)}`}${endsAt && markup`, until ${time(endsAt)}`}${by && markup`, set by ${by}`}.</p>
${reason && markup`<p class="reason">Reason: ${reason}</p>`}
<form method="post">
${token && markup`<input type="hidden" name="token" value="${token}">`}
${action === 'on' ? REASON_FIELD : ''}<button type="submit">Turn maintenance ${action}</button>
</form>
</main>
<script>${markup.trusted(SCRIPT)}</script>
</body>
</html>
`.html;
}

function time(date: Date): Markup {
  const iso = date.toISOString();
  return markup`<time datetime="${iso}">${utc(iso)}</time>`;
}

const LIFETIME_MS = 10 * 60 * 1000;

/** A token is valid for this user, this action and this revision only, so it works once. */
export interface TokenSubject {
  readonly action: 'on' | 'off';
  readonly user: string;
  readonly revision: number;
}

/** A token for the confirm page, signed with the record's key; valid for ten minutes. */
export function issueToken(key: string, subject: TokenSubject, now: number): string {
  const expires = now + LIFETIME_MS;
  return `${expires}.${sign(key, subject, expires)}`;
}

export function isValidToken(token: string, key: string, subject: TokenSubject, now: number): boolean {
  const [, expires, signature] = /^(\d{1,15})\.([\w-]{43})$/.exec(token) ?? [];
  if (expires === undefined || signature === undefined || Number(expires) <= now) return false;
  return timingSafeEqual(Buffer.from(signature), Buffer.from(sign(key, subject, Number(expires))));
}

function sign(key: string, { action, user, revision }: TokenSubject, expires: number): string {
  const message = JSON.stringify(['nestjs-maintenance-mode confirm', action, user, revision, expires]);
  return createHmac('sha256', key).update(message).digest('base64url');
}
