import { createHash } from 'node:crypto';
import type { PageLanguage } from '../response/negotiation.js';
import { TIME_FUNCTIONS } from '../response/built-in-page.js';
import { Responder } from '../response/responder.js';
import type { RouteCall, RouteReply } from './route-replies.js';

interface PreparedScript {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The announcement for the pages of the application, as a script in the visitor's language. Prepared once for each of them. */
export class Banner {
  readonly #prepared = new Map<PageLanguage, PreparedScript>();

  constructor(private readonly responder: Responder) {}

  reply({ facts: { headers } }: RouteCall): RouteReply {
    const script = this.#script(this.responder.languages.choose(headers['accept-language']));
    const known = headers['if-none-match'] ?? '';
    const isKnown = known.split(',').some((tag) => tag.trim().replace(/^W\//, '') === script.headers['ETag']);
    return isKnown
      ? { statusCode: 304, headers: script.headers, body: '' }
      : { statusCode: 200, headers: script.headers, body: script.body };
  }

  #script(language: PageLanguage): PreparedScript {
    let script = this.#prepared.get(language);
    if (!script) this.#prepared.set(language, (script = prepared(language)));
    return script;
  }
}

function prepared(language: PageLanguage): PreparedScript {
  const body = bannerScript(language);
  const digest = createHash('sha256').update(body, 'utf8').digest('base64url').slice(0, 22);
  return {
    body,
    headers: {
      'Content-Type': 'text/javascript; charset=utf-8',
      'Content-Language': language.tag,
      Vary: 'Accept-Language',
      // It is the same until the next release; whether there is something to announce, it asks by itself.
      'Cache-Control': 'public, max-age=3600',
      ETag: `"${digest}"`,
      'X-Content-Type-Options': 'nosniff',
    },
  };
}

/** The script of the announcement, with its texts in one language. It needs no more than `'self'` in a strict policy. */
function bannerScript({ tag, direction, texts }: PageLanguage): string {
  const { planned, plannedReadOnly, readOnlyHeading, until, about, dismiss } = texts;
  const values = { tag, direction, planned, plannedReadOnly, readOnlyHeading, until, about, dismiss };
  return `(() => {\nconst TEXTS = ${JSON.stringify(values)};\nconst STYLE = ${JSON.stringify(STYLE)};\n${TIME_FUNCTIONS}${SCRIPT}})();\n`;
}

const STYLE = `
:host { all: initial; display: block; position: relative; z-index: 2147483647; }
.bar {
  display: flex; align-items: center; justify-content: center; gap: .75rem; padding: .625rem 1rem;
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; font-size: clamp(.875rem, .84rem + .2vw, .9375rem);
  color: #422006; background: #fef3c7; border-bottom: 1px solid #f0c75e;
}
.bar[hidden] { display: none; }
svg { flex: none; width: 1.375em; height: 1.375em; fill: none; stroke: #b45309; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
.text { min-width: 0; overflow-wrap: anywhere; text-wrap: pretty; }
strong { font-weight: 600; }
.relative { display: inline-block; opacity: .85; }
button {
  flex: none; width: 2rem; height: 2rem; padding: 0; font: inherit; font-size: 1.25rem; line-height: 1;
  color: inherit; background: none; border: 0; border-radius: .5rem; cursor: pointer;
}
button:hover { background: #f59e0b33; }
button:focus-visible { outline: 3px solid #b45309; outline-offset: -3px; }
button[hidden] { display: none; }
@media (prefers-color-scheme: dark) {
  .bar { color: #fef3c7; background: #3a2a0d; border-color: #6b4e16; }
  svg { stroke: #fbbf24; }
  button:focus-visible { outline-color: #fbbf24; }
}
@media print { :host { display: none; } }
`;

const SCRIPT = `
const statusUrl = document.currentScript.src.replace(/\\/banner\\.js([?#].*)?$/, '');
const DISMISSED = 'maintenance-notice-dismissed';

const element = (name, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
};
const icon = () => {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7v5l3 2');
  svg.append(path);
  return svg;
};

const message = element('span');
// Only the message is announced by screen readers, and not each minute that goes by.
message.setAttribute('role', 'status');
const relative = element('span', { className: 'relative' });
const button = element('button', { type: 'button', textContent: '\\u00d7' });
button.setAttribute('aria-label', TEXTS.dismiss);
const bar = element('div', { className: 'bar', hidden: true }, icon(), element('div', { className: 'text' }, message, ' ', relative), button);
const host = element('div', { lang: TEXTS.tag, dir: TEXTS.direction });
host.setAttribute('data-nosnippet', '');
const root = host.attachShadow({ mode: 'open' });
const sheet = new CSSStyleSheet();
sheet.replaceSync(STYLE);
root.adoptedStyleSheets = [sheet];
root.append(bar);
// Before the body, whose own layout may be a grid or a row.
document.documentElement.insertBefore(host, document.body);

const locale = localeFor(TEXTS.tag);
const dateFormat = (dates) =>
  new Intl.DateTimeFormat(locale, {
    weekday: 'long', day: 'numeric', month: 'long', hour: 'numeric', minute: '2-digit', timeZoneName: 'short',
    ...(dates.some((date) => date.getFullYear() !== new Date().getFullYear()) && { year: 'numeric' }),
  });
const dateText = (dates) => {
  const format = dateFormat(dates);
  return dates.length > 1 ? format.formatRange(...dates) : format.format(dates[0]);
};
const withTime = (text, dates) => text.replace('{time}', () => dateText(dates));

/** The stored choice: it counts for this window only. A browser may refuse to store it. */
const dismissed = (value) => {
  try {
    if (value === undefined) return localStorage.getItem(DISMISSED);
    localStorage.setItem(DISMISSED, value);
  } catch {}
  return value ?? null;
};

let shown = null;
let dismissedHere = null;

const show = ({ state, announced, mode, reason, startsAt, endsAt }) => {
  const isPlanned = state === 'scheduled' && announced === true && startsAt !== null;
  const isReadOnly = state === 'active' && mode === 'read-only';
  const key = JSON.stringify([state, mode, reason, startsAt, endsAt]);
  if ((!isPlanned && !isReadOnly) || (isPlanned && (dismissed() === key || dismissedHere === key))) {
    bar.hidden = true;
    message.replaceChildren();
    shown = null;
    return;
  }
  const start = new Date(startsAt);
  const ends = endsAt === null ? [] : [new Date(endsAt)];
  if (shown !== key) {
    shown = key;
    const title = isPlanned ? withTime(TEXTS.planned, [start, ...ends]) : TEXTS.readOnlyHeading;
    message.replaceChildren(element('strong', { textContent: title }));
    if (isPlanned && mode === 'read-only') message.append(' ', TEXTS.plannedReadOnly);
    if (isReadOnly && ends.length > 0) message.append(' ', withTime(TEXTS.until, ends));
    if (reason) message.append(' ', element('span', { dir: 'auto', textContent: reason }));
    button.hidden = !isPlanned;
    bar.hidden = false;
  }
  const next = isPlanned ? start : ends[0];
  const minutes = next ? (next - Date.now()) / 60000 : 0;
  relative.textContent = minutes > 0 ? '(' + fromNow(minutes, locale, TEXTS.about) + ')' : '';
};

button.addEventListener('click', () => {
  dismissedHere = shown;
  dismissed(shown);
  bar.hidden = true;
});

let timer;
const check = async () => {
  clearTimeout(timer);
  if (document.hidden) return;
  try {
    const response = await fetch(statusUrl, { headers: { Accept: 'application/json' }, cache: 'no-store' });
    if (response.ok) show(await response.json());
  } catch {
    // No network, or no server: asked again.
  }
  clearTimeout(timer);
  timer = setTimeout(check, 60000);
};
document.addEventListener('visibilitychange', check);
check();
`;
