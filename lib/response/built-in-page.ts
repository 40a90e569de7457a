import { readFileSync, statSync } from 'node:fs';
import { MaintenanceOptionsError } from '../errors.js';
import { type Color, contrast, hexOf, mixed, type PageLink, parseColor } from '../options/page-options.js';
import type { ResolvedPage } from '../options/resolved-options.js';
import { describe } from '../validation/values.js';
import { CARD_STYLE, contentSecurityPolicy, markup, type Markup, type PolicyAdditions, utc } from './html.js';
import type { PageLanguage } from './negotiation.js';
import type { AnswerValues } from './problem.js';

/** Functions of the scripts that write times. */
export const TIME_FUNCTIONS = `
// The visitor's variant of the page's language, such as de-AT.
const localeFor = (language) => {
  const primary = (tag) => tag.split('-')[0];
  return navigator.languages.find((tag) => primary(tag) === primary(language)) ?? language;
};

// "in about 25 minutes"
const fromNow = (minutes, locale, about) => {
  const [count, unit] =
    minutes >= 2880 ? [minutes / 1440, 'day'] : minutes >= 90 ? [minutes / 60, 'hour'] : [Math.max(1, minutes), 'minute'];
  const parts = new Intl.RelativeTimeFormat(locale).formatToParts(Math.round(count), unit);
  return parts.map(({ type, value }) => (type === 'integer' ? about + value : value)).join('');
};
`;

/** Dates in the visitor's time zone and in the page's language; beside the end, how long it will take from now. */
const DATES_SCRIPT = `
(() => {
${TIME_FUNCTIONS}
  const time = document.querySelector('time');
  if (!time) return;
  const locale = localeFor(document.documentElement.lang);
  const end = new Date(time.dateTime);
  const format = new Intl.DateTimeFormat(locale, {
    weekday: 'long', day: 'numeric', month: 'long', hour: 'numeric', minute: '2-digit', timeZoneName: 'short',
    ...(end.getFullYear() !== new Date().getFullYear() && { year: 'numeric' }),
  });
  time.textContent = format.format(end);
  time.lang = format.resolvedOptions().locale;

  const relative = document.getElementById('relative');
  const overdue = document.getElementById('overdue');
  relative.lang = time.lang;
  const update = () => {
    const minutes = (end - Date.now()) / 60000;
    // When the end comes, the page waits a moment: usually it goes away.
    relative.hidden = minutes <= 0;
    overdue.hidden = minutes > -0.25;
    if (minutes > 0) relative.textContent = fromNow(minutes, locale, relative.dataset.about);
    setTimeout(update, 10000);
  };
  update();
})();
`;

/** Comes back when maintenance is over. The element has what it must know of the page in its data attributes. */
export const RELOAD_SCRIPT = `
(() => {
  const { mode, method, endsAt } = document.currentScript.dataset;
  // A page that may be read would come back at once, and take the message away; so would one that answers a form.
  if (mode === 'read-only' || method !== 'GET') return;
  const waiting = document.getElementById('waiting');
  if (waiting) waiting.hidden = false;

  let pause = 4000;
  let timer;

  // Anything but maintenance means that it is over for this visitor, except for a server that is just being restarted.
  const isOver = (response) =>
    response.type === 'opaqueredirect' ||
    ((response.headers.get('Maintenance-Mode') ?? 'bypassed') === 'bypassed' && response.status < 500);

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

const SCRIPT = DATES_SCRIPT + RELOAD_SCRIPT;

/** For whom the page is. */
export interface PageRequest {
  readonly language: PageLanguage;
  /** Of the reason; undefined if that is the same text for all languages. */
  readonly reasonLanguage?: string | undefined;
  /** `GET` for a HEAD request, too. */
  readonly method: string;
}

/** The page for visitors. It needs nothing of the application, and no code generation at run time. */
export class BuiltInPage {
  readonly contentSecurityPolicy: string;
  readonly #style: string;
  readonly #emblem: Markup;

  /** @throws MaintenanceOptionsError for a logo that cannot be used. */
  constructor(
    private readonly brand: Omit<ResolvedPage, 'messages'>,
    additions: PolicyAdditions,
  ) {
    this.#emblem = brand.logo === undefined ? WRENCH : logo(brand.logo);
    this.#style = pageStyle(brand.accentColor);
    this.contentSecurityPolicy = contentSecurityPolicy(
      { scripts: [SCRIPT], styles: [this.#style] },
      additions,
    );
  }

  render({ mode, reason, endsAt }: AnswerValues, { language, reasonLanguage, method }: PageRequest): string {
    const { tag, direction, texts } = language;
    const isReadOnly = mode === 'read-only';
    const heading = isReadOnly ? texts.readOnlyHeading : texts.heading;
    const headingOf = isReadOnly ? texts.readOnlyHeadingOf : texts.headingOf;
    const { product } = this.brand;
    return markup`<!doctype html>
<html lang="${tag}"${direction === 'rtl' ? markup` dir="rtl"` : ''}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${product === undefined ? heading : filled(headingOf, '{product}', product)}</title>
<style>${markup.trusted(this.#style)}</style>
</head>
<body>
<main>
${this.#emblem}
<h1>${product === undefined ? heading : filled(headingOf, '{product}', markup`<bdi>${product}</bdi>`)}</h1>
${reason ? markup`<p class="reason"${reasonLanguage !== undefined && reasonLanguage !== tag ? markup` lang="${reasonLanguage}"` : ''} dir="auto">${reason}</p>` : markup`<p>${isReadOnly ? texts.readOnlyBody : texts.body}</p>`}
${endsAt && until(endsAt, language)}${isReadOnly || method !== 'GET' ? markup`<p class="quiet">${texts.notSaved}</p>` : reloads(language)}
${this.#footer(language)}</main>
<script data-mode="${mode}" data-method="${method}"${endsAt && markup` data-ends-at="${endsAt}"`}>${markup.trusted(SCRIPT)}</script>
</body>
</html>
`.html;
  }

  #footer({ texts }: PageLanguage): Markup | null {
    const { contact, links = [] } = this.brand;
    if (!contact && links.length === 0) return null;
    return markup`<footer>
${contact ? markup`<span>${texts.contact} ${anchor(contact)}</span>\n` : null}${markup.trusted(links.map((link) => `${anchor(link).html}\n`).join(''))}</footer>
`;
  }
}

function anchor({ text, href }: PageLink): Markup {
  return markup`<a href="${href}">${text}</a>`;
}

/** The text with a value in the place of the placeholder. */
function filled(text: string, placeholder: string, value: string | Markup): Markup {
  const [before = '', ...rest] = text.split(placeholder);
  return markup`${before}${value}${rest.join(placeholder)}`;
}

function until(endsAt: string, { tag, texts }: PageLanguage): Markup {
  const time = markup`<time datetime="${endsAt}">${utc(endsAt, tag)}</time>`;
  return markup`<div class="until">
${CLOCK}
<div>
<p>${filled(texts.until, '{time}', time)}</p>
<p class="quiet" id="relative" data-about="${texts.about}" hidden></p>
<p class="quiet" id="overdue" role="status" hidden>${texts.overdue}</p>
</div>
</div>
`;
}

function reloads({ texts }: PageLanguage): Markup {
  return markup`<p class="quiet waiting" role="status" id="waiting" hidden>${texts.reloads}</p>
<noscript><p class="quiet">${texts.reload}</p></noscript>`;
}

const WRENCH = markup`<svg class="icon" viewBox="1.5 3.5 19 19" aria-hidden="true"><path d="M14.7 6.3a4 4 0 0 0-5.2 5.2L3.6 17.4a1.8 1.8 0 0 0 0 2.5l.5.5a1.8 1.8 0 0 0 2.5 0l5.9-5.9a4 4 0 0 0 5.2-5.2l-2.5 2.5-2.4-.6-.6-2.4z"/></svg>`;
const CLOCK = markup`<svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="9"/><path d="M12 7v5l3 2"/></svg>`;

const MAX_LOGO_BYTES = 64 * 1024;

/** By what the file contains, since a name may say something else. */
const LOGO_TYPES: readonly (readonly [type: string, signature: RegExp])[] = [
  ['image/png', /^\x89PNG\r\n\cZ\n/],
  ['image/jpeg', /^\xff\xd8\xff/],
  ['image/gif', /^GIF8[79]a/],
  ['image/webp', /^RIFF[^]{4}WEBP/],
  [
    'image/svg+xml',
    /^(?:\xef\xbb\xbf)?\s*<(?:\?xml|!--|!doctype|svg)[^]*(?<=<)svg[\s>]|^(?:\xef\xbb\xbf)?\s*<svg[\s>]/i,
  ],
];

/** It has no alternative text: the heading names the product. */
function logo(path: string): Markup {
  return markup`<img class="logo" src="${markup.trusted(readLogo(path))}" alt="">`;
}

/**
 * The file as a `data:` URI. It is shown by an `<img>`, in which an SVG can neither run scripts nor load anything.
 *
 * @throws MaintenanceOptionsError if it cannot be read, is too big, or is no image of these kinds.
 */
function readLogo(path: string): string {
  const content = readFile(path);
  const text = content.toString('latin1');
  const [type] = LOGO_TYPES.find(([, signature]) => signature.test(text)) ?? [];
  if (type === undefined) throw refused(path, 'it is none of these');
  return `data:${type};base64,${content.toString('base64')}`;
}

function readFile(path: string): Buffer {
  try {
    const { size } = statSync(path);
    if (size > MAX_LOGO_BYTES) throw refused(path, `it has ${size} bytes, and every page contains it`);
    return readFileSync(path);
  } catch (error) {
    if (error instanceof MaintenanceOptionsError) throw error;
    throw refused(path, error instanceof Error ? error.message : String(error), error);
  }
}

function refused(path: string, why: string, cause?: unknown): MaintenanceOptionsError {
  const expected = `expected the path of an SVG, PNG, JPEG, WebP or GIF file of at most ${MAX_LOGO_BYTES / 1024} kB`;
  return new MaintenanceOptionsError('response.page.logo', `${expected}, got ${describe(path)}: ${why}`, {
    cause,
  });
}

const DARK_CARD = '#1a212d';
const MIN_CONTRAST = 4.5;
const WHITE: Color = [255, 255, 255];

/** The style of the built-in page. */
function pageStyle(accentColor: string | undefined): string {
  const own = accentColor === undefined ? null : parseColor(accentColor);
  const light = own ?? ([180, 83, 9] as const);
  const dark = own ? lightened(own) : ([251, 191, 36] as const);
  return STYLE.replace('$LIGHT', colors(light, WHITE)).replace(
    '$DARK',
    colors(dark, parseColor(DARK_CARD) ?? WHITE),
  );
}

/** The tint is the accent, thinned until texts stand out on it. */
function colors(accent: Color, card: Color): string {
  return `--accent: ${hexOf(accent)}; --tint: ${hexOf(mixed(card, accent, 0.1))};`;
}

/** The color, or the first lighter one that stands out from the dark card. */
function lightened(color: Color): Color {
  const card = parseColor(DARK_CARD) ?? WHITE;
  for (let share = 0; share < 1; share += 0.05) {
    const lighter = mixed(color, WHITE, share);
    if (contrast(lighter, card) >= MIN_CONTRAST) return lighter;
  }
  return WHITE;
}

const STYLE = `
:root { --page: #f3f4f6; --card: #fff; --text: #17202e; --quiet: #4b5563; --line: #e2e5ea; --shadow: #17202e14; $LIGHT }
@media (prefers-color-scheme: dark) {
  :root { --page: #0e131b; --card: ${DARK_CARD}; --text: #f3f4f6; --quiet: #bcc4d0; --line: #313b4b; --shadow: #0006; $DARK }
}
@media (prefers-contrast: more) {
  :root { --quiet: var(--text); --line: var(--text); --tint: var(--card); }
}${CARD_STYLE}
main { position: relative; overflow: hidden; border-radius: 1.25rem; box-shadow: 0 1px 2px var(--shadow), 0 12px 40px var(--shadow); }
main::before { content: ""; position: absolute; inset: 0 0 auto; height: .3125rem; background: var(--accent); }
svg { display: block; fill: none; stroke: currentColor; stroke-width: 1.6; stroke-linecap: round; stroke-linejoin: round; }
.icon { width: 3.5rem; height: 3.5rem; padding: .75rem; color: var(--accent); background: var(--tint); border-radius: 1rem; }
.logo { display: block; max-width: 100%; height: 3.5rem; object-fit: contain; object-position: left; }
:dir(rtl) .logo { object-position: right; }
h1 { margin: 1.75rem 0 .75rem; font-size: clamp(1.375rem, 1rem + 2.6vw, 2.125rem); line-height: 1.2; letter-spacing: -.015em; text-wrap: balance; overflow-wrap: anywhere; }
:lang(ar) h1, :lang(he) h1, :lang(ja) h1, :lang(zh) h1, :lang(ko) h1 { letter-spacing: 0; }
:lang(ja) { word-break: auto-phrase; line-break: strict; }
:lang(ko) { word-break: keep-all; }
p { margin: 0; overflow-wrap: anywhere; text-wrap: pretty; }
.reason { white-space: pre-line; }
.until { display: flex; gap: .875rem; margin-top: 1.75rem; padding: 1rem 1.125rem; background: var(--tint); border-radius: .875rem; }
.until svg { flex: none; width: 1.5rem; height: 1.5rem; margin-top: .0625rem; color: var(--accent); }
.until p + p { margin-top: .25rem; }
time { display: inline-block; font-weight: 600; text-wrap: balance; }
.quiet { margin-top: 1.5rem; color: var(--quiet); font-size: .9375rem; }
.until .quiet { color: var(--text); }
.waiting::before {
  content: ""; display: inline-block; border: .25rem solid var(--accent); border-radius: 50%;
  margin-inline-end: .625rem; vertical-align: .125em; animation: pulse 2.4s ease-in-out infinite;
}
@keyframes pulse { 50% { opacity: .25; } }
@media (prefers-reduced-motion: reduce) { .waiting::before { animation: none; } }
footer { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; margin-top: 2rem; padding-top: 1.25rem; border-top: 1px solid var(--line); color: var(--quiet); font-size: .9375rem; overflow-wrap: anywhere; }
a { color: var(--text); text-decoration-color: var(--accent); text-decoration-thickness: .125em; text-underline-offset: .25em; }
a:hover { text-decoration-thickness: .1875em; }
a:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; border-radius: .125rem; }
[hidden] { display: none; }
@media (forced-colors: active) { main::before { background: Highlight; } .until { border: 1px solid; } }
@media print {
  :root { --page: #fff; --card: #fff; --text: #000; --quiet: #000; --line: #999; --tint: #fff; }
  body { display: block; padding: 0; } main { max-width: none; border: 0; box-shadow: none; } main::before, .waiting { display: none; }
}
`;
