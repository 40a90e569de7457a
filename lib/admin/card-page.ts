import { CARD_STYLE, contentSecurityPolicy, markup, type Markup, utc } from '../response/html.js';

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
form, .actions { margin-top: 1.5rem; }
label { display: block; font-weight: 600; }
input, button, .button { width: 100%; padding: .625rem .875rem; font: inherit; border-radius: .5rem; }
input { margin: .375rem 0 1.25rem; color: inherit; background: var(--card); border: 1px solid var(--field); }
button, .button { display: block; font-weight: 600; text-align: center; text-decoration: none; color: var(--on-accent); background: var(--accent); border: 1px solid var(--accent); cursor: pointer; }
button:hover, .button:hover { filter: brightness(1.08); }
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
export const cardPageHeaders = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': `${policy}; frame-ancestors 'none'`,
  'X-Frame-Options': 'DENY',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'same-origin',
};

/** A page with one card: to confirm, or to say why not. */
export function cardPage(title: string, content: Markup): string {
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${markup.trusted(STYLE)}</style>
</head>
<body>
<main>
${content}</main>
<script>${markup.trusted(SCRIPT)}</script>
</body>
</html>
`.html;
}

/** A time in UTC, which the script of the page shows in the time zone of the browser. */
export function time(date: Date): Markup {
  const iso = date.toISOString();
  return markup`<time datetime="${iso}">${utc(iso)}</time>`;
}
