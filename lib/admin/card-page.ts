import { CARD_STYLE, contentSecurityPolicy, markup, type Markup } from '../response/html.js';
import { CONTROLS, THEME } from './styles.js';

const STYLE = `${THEME}${CARD_STYLE}${CONTROLS}
h1 { margin: 0 0 .75rem; font-size: clamp(1.5rem, 5vw, 2rem); line-height: 1.2; text-wrap: balance; }
form, .actions { margin-top: 1.5rem; }
input { margin: .375rem 0 1.25rem; }
button, .button { display: block; width: 100%; }
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

/** Headers of a page that cannot be framed (clickjacking), whose origin browsers send with its forms. */
export function framelessHeaders(policy: string): Readonly<Record<string, string>> {
  return {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': `${policy}; frame-ancestors 'none'`,
    'X-Frame-Options': 'DENY',
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'same-origin',
  };
}

export const cardPageHeaders = framelessHeaders(
  contentSecurityPolicy({ scripts: [SCRIPT], styles: [STYLE] }),
);

/** A page with one card: to confirm, or to say why not. */
export function cardPage(title: string, content: Markup): string {
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
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
