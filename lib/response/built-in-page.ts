import type { PageLink } from '../options/page-options.js';
import { contentSecurityPolicy, markup, type Markup, type PolicyAdditions, utc } from './html.js';
import type { PageLanguage } from './page-languages.js';
import { DATES_SCRIPT, RELOAD_SCRIPT } from './page-scripts.js';
import { pageStyle } from './page-style.js';
import type { AnswerValues } from './problem.js';

const SCRIPT = DATES_SCRIPT + RELOAD_SCRIPT;

/** What a page is made of. */
export interface PageValues extends Pick<AnswerValues, 'mode' | 'reason' | 'endsAt'> {
  readonly language: PageLanguage;
  /** Of the reason, if it is known. */
  readonly reasonLanguage?: string | undefined;
  /** `GET` for a HEAD request, too. */
  readonly method: string;
}

/** What the built-in page shows of the application. */
export interface Brand {
  readonly product?: string;
  /** A `data:` URI. */
  readonly logo?: string;
  readonly accentColor?: string;
  readonly contact?: PageLink;
  readonly links?: readonly PageLink[];
}

/** The page for visitors. It needs nothing of the application, and no code generation at run time. */
export class BuiltInPage {
  readonly contentSecurityPolicy: string;
  readonly #style: string;

  constructor(
    private readonly brand: Brand,
    additions: PolicyAdditions,
  ) {
    this.#style = pageStyle(brand.accentColor);
    this.contentSecurityPolicy = contentSecurityPolicy(
      { scripts: [SCRIPT], styles: [this.#style] },
      additions,
    );
  }

  render({ mode, reason, reasonLanguage, endsAt, language, method }: PageValues): string {
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
${this.#emblem()}
<h1>${product === undefined ? heading : filled(headingOf, '{product}', markup`<bdi>${product}</bdi>`)}</h1>
${reason ? markup`<p class="reason"${reasonLanguage !== undefined && reasonLanguage !== tag ? markup` lang="${reasonLanguage}"` : ''} dir="auto">${reason}</p>` : markup`<p>${isReadOnly ? texts.readOnlyBody : texts.body}</p>`}
${endsAt && until(endsAt, language)}${isReadOnly || method !== 'GET' ? markup`<p class="quiet">${texts.notSaved}</p>` : reloads(language)}
${this.#footer(language)}</main>
<script data-mode="${mode}" data-method="${method}"${endsAt && markup` data-ends-at="${endsAt}"`}>${markup.trusted(SCRIPT)}</script>
</body>
</html>
`.html;
  }

  /** The logo has no alternative text: the heading names the product. */
  #emblem(): Markup {
    const { logo } = this.brand;
    return logo === undefined ? WRENCH : markup`<img class="logo" src="${markup.trusted(logo)}" alt="">`;
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
