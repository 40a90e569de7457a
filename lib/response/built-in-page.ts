import { CARD_STYLE, contentSecurityPolicy, markup, type Markup, utc } from './html.js';
import type { AnswerValues } from './problem.js';

const STYLE = `
:root {
  --page: #f4f5f7; --card: #ffffff; --text: #1f2937; --quiet: #4b5563; --line: #e0e3e8; --accent: #b45309; --tint: #fef3c7;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #10151f; --card: #1b2330; --text: #f3f4f6; --quiet: #c3c9d4; --line: #354052; --accent: #fbbf24; --tint: #3a2f15;
  }
}${CARD_STYLE}
svg {
  display: block; width: 3.5rem; height: 3.5rem; padding: .75rem;
  color: var(--accent); background: var(--tint); border-radius: .875rem;
}
h1 { margin: 1.5rem 0 .5rem; font-size: clamp(1.5rem, 5vw, 2rem); line-height: 1.2; text-wrap: balance; }
p { margin: 0; overflow-wrap: anywhere; text-wrap: pretty; }
p + p, noscript p { margin-top: .75rem; }
.reason { white-space: pre-line; }
p.until { margin-top: 1.5rem; padding-top: 1.5rem; border-top: 1px solid var(--line); }
time { font-weight: 600; }
@media (min-width: 36rem) { time { display: inline-block; } }
.quiet { color: var(--quiet); font-size: .9375rem; }
`;

const SCRIPT = `
(() => {
  for (const time of document.querySelectorAll('time')) {
    const date = new Date(time.dateTime);
    const format = new Intl.DateTimeFormat(undefined, {
      weekday: 'long', day: 'numeric', month: 'long', hour: 'numeric', minute: '2-digit', timeZoneName: 'short',
      ...(date.getFullYear() !== new Date().getFullYear() && { year: 'numeric' }),
    });
    time.textContent = format.format(date);
    time.lang = format.resolvedOptions().locale;
  }

  const { mode, endsAt } = document.querySelector('main').dataset;
  // A page that may be read would come back at once, and take the message away.
  if (mode === 'read-only') return;
  document.getElementById('waiting').hidden = false;

  let pause = 4000;
  let timer;

  // Anything but maintenance means that it is over, except for a server that is just being restarted.
  const isOver = (response) =>
    response.type === 'opaqueredirect' || (!response.headers.has('Maintenance-Mode') && response.status < 500);

  // Not reload(), which would send a form a second time. The address is changed first: to go to one that differs in its
  // hash only, or not at all but for having one, would load nothing.
  const comeBack = () => {
    const { href } = location;
    history.replaceState(null, '', '?maintenance-is-over');
    location.replace(href);
  };

  const check = async () => {
    clearTimeout(timer);
    if (document.hidden) return;
    try {
      const response = await fetch(location.href, { method: 'HEAD', cache: 'no-store', redirect: 'manual' });
      if (isOver(response)) return comeBack();
    } catch {
      // No network, or no server: asked again.
    }
    wait();
  };

  const wait = () => {
    const untilEnd = endsAt ? new Date(endsAt) - Date.now() : 0;
    const jittered = pause * (0.75 + Math.random() / 2);
    pause = Math.min(pause * 1.5, 30000);
    clearTimeout(timer);
    timer = setTimeout(check, untilEnd > 0 && untilEnd < jittered ? untilEnd + Math.random() * 2000 : jittered);
  };

  document.addEventListener('visibilitychange', check);
  wait();
})();
`;

/** The `Content-Security-Policy` of the built-in page. */
export const builtInPolicy = contentSecurityPolicy({ scripts: [SCRIPT], styles: [STYLE] });

/** The page for visitors. It needs nothing of the application, and no code generation at run time. */
export function builtInPage({
  mode,
  reason,
  endsAt,
}: Pick<AnswerValues, 'mode' | 'reason' | 'endsAt'>): string {
  const isReadOnly = mode === 'read-only';
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${isReadOnly ? 'Read-only for maintenance' : 'Down for maintenance'}</title>
<style>${markup.trusted(STYLE)}</style>
</head>
<body>
<main data-mode="${mode}"${endsAt ? markup` data-ends-at="${endsAt}"` : ''}>
<svg viewBox="1.5 3.5 19 19" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="M14.7 6.3a4 4 0 0 0-5.2 5.2L3.6 17.4a1.8 1.8 0 0 0 0 2.5l.5.5a1.8 1.8 0 0 0 2.5 0l5.9-5.9a4 4 0 0 0 5.2-5.2l-2.5 2.5-2.4-.6-.6-2.4z"/></svg>
<h1>${isReadOnly ? 'Nothing can be changed right now' : 'Down for maintenance'}</h1>
${reason ? markup`<p class="reason">${reason}</p>` : markup`<p>${withoutReason(isReadOnly)}</p>`}
${until(endsAt)}${isReadOnly ? NOT_SAVED : RELOADS}
</main>
<script>${markup.trusted(SCRIPT)}</script>
</body>
</html>
`.html;
}

function withoutReason(isReadOnly: boolean): string {
  return isReadOnly
    ? 'We are working on this service. You can read everything, but changes are not possible for the moment.'
    : 'We are working on this service and will be back soon.';
}

function until(endsAt: string | null): Markup | '' {
  if (!endsAt) return '';
  return markup`<p class="until">We expect to be done by <time datetime="${endsAt}">${utc(endsAt)}</time>.</p>
`;
}

const NOT_SAVED = markup`<p class="quiet">Your change was not saved. Please go back and try it again later.</p>`;

const RELOADS = markup`<p class="quiet" role="status" id="waiting" hidden>This page reloads by itself when we are back.</p>
<noscript><p class="quiet">Please reload this page later.</p></noscript>`;
