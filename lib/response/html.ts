import { createHash } from 'node:crypto';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#x27;',
  '`': '&#x60;',
  '=': '&#x3D;',
};

/** Text that is already HTML. Only `markup` creates it, which escapes everything else. */
export class Markup {
  constructor(readonly html: string) {}
}

/**
 * HTML from a template. Each value is escaped, for text and for quoted attributes, except `Markup`. Null becomes an empty
 * text. The escaped characters are those of Handlebars.
 */
export function markup(strings: TemplateStringsArray, ...values: (string | Markup | null)[]): Markup {
  return new Markup(String.raw({ raw: strings }, ...values.map(htmlOf)));
}

/** Text of this package that is HTML, or the content of an element in which nothing is escaped. */
markup.trusted = (html: string): Markup => new Markup(html);

function htmlOf(value: string | Markup | null): string {
  if (value === null) return '';
  if (value instanceof Markup) return value.html;
  return value.replaceAll(/[&<>"'`=]/g, (character) => ENTITIES[character] ?? '');
}

/** The layout of a page: one card, with the colors that the page sets. */
export const CARD_STYLE = `
* { box-sizing: border-box; }
body {
  margin: 0; min-height: 100vh; min-height: 100dvh; display: grid; place-items: center; padding: 1.25rem;
  background: var(--page); color: var(--text);
  font: 1.0625rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
main {
  width: 100%; max-width: 36rem; padding: clamp(1.5rem, 6vw, 3rem);
  background: var(--card); border: 1px solid var(--line); border-radius: 1rem;
}`;

const MOST_LANGUAGES = 100;
/** By language. To make one takes a hundred times longer than to use it. */
const dateFormats = new Map<string, Intl.DateTimeFormat>();

/** `21 November 2026 at 03:30 UTC`, in the language. English is that of most of the world, with the day first. */
export function utc(iso: string, language = 'en'): string {
  const format = dateFormats.get(language) ?? dateFormat(language === 'en' ? 'en-GB' : language);
  // A template may take languages from anywhere.
  if (dateFormats.size > MOST_LANGUAGES) dateFormats.clear();
  dateFormats.set(language, format);
  return `${format.format(new Date(iso))} UTC`;
}

function dateFormat(locale: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' });
}

/** The contents of a page's inline elements that never change. */
export interface InlineTexts {
  readonly scripts: readonly string[];
  readonly styles: readonly string[];
}

/** Sources of the application by directive. */
export type PolicyAdditions = ReadonlyMap<string, readonly string[]>;

/**
 * Allows a page's own static styles and scripts by hash, files of this origin, and the sources of the application, and nothing
 * else.
 */
export function contentSecurityPolicy(
  { scripts, styles }: InlineTexts,
  additions: PolicyAdditions = new Map(),
): string {
  const own = new Map<string, readonly string[]>([
    ['default-src', ["'none'"]],
    ['script-src', ["'self'", ...hashes(scripts)]],
    ['style-src', ["'self'", ...hashes(styles)]],
    ['img-src', ["'self'", 'data:']],
    ['font-src', ["'self'", 'data:']],
    ['connect-src', ["'self'"]],
    ['base-uri', ["'none'"]],
  ]);
  const merged = new Map(own);
  for (const [directive, sources] of additions) {
    // `script-src-elem` replaces `script-src` for elements, so it needs the same hashes.
    const present = own.get(directive) ?? own.get(directive.replace(/-elem$/, '')) ?? [];
    const isNone = sources.length > 0 && present.includes("'none'");
    merged.set(directive, isNone ? sources : [...present, ...sources]);
  }
  return [...merged].map(([directive, sources]) => [directive, ...sources].join(' ')).join('; ');
}

function hashes(texts: readonly string[]): string[] {
  return texts.map((text) => `'sha256-${createHash('sha256').update(text, 'utf8').digest('base64')}'`);
}
