import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import Handlebars from 'handlebars';

const handlebars = Handlebars.create();
handlebars.registerHelper('eq', (a: unknown, b: unknown) => a === b);
handlebars.registerHelper('utc', (iso: unknown) => (typeof iso === 'string' ? utc(iso) : ''));

/** A page from a Handlebars file: `{{ }}` is escaped; the helpers are `eq` and `utc` (a date to read, in UTC). */
export class HtmlTemplate {
  readonly #template: Handlebars.TemplateDelegate;
  /** What the page may do: its own static styles and scripts by hash, files of this origin, nothing else. */
  readonly contentSecurityPolicy: string;

  /** @throws where the file cannot be read, or is no Handlebars template. */
  constructor(path: string | URL) {
    // A browser hashes a script as it reads it: with LF.
    const source = readFileSync(path, 'utf8').replaceAll('\r\n', '\n');
    // Handlebars compiles late: this tells what is wrong at boot.
    handlebars.parse(source);
    this.#template = handlebars.compile(source);
    this.contentSecurityPolicy = contentSecurityPolicy(source);
  }

  /** @throws what the template's helpers throw. */
  render(values: Readonly<Record<string, unknown>>): string {
    return this.#template(values);
  }
}

/** `21 November 2026 at 03:30 UTC` */
function utc(iso: string): string {
  const date = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' });
  return `${date.format(new Date(iso))} UTC`;
}

function contentSecurityPolicy(source: string): string {
  const directives = [
    "default-src 'none'",
    `script-src 'self' ${hashes(source, 'script')}`,
    `style-src 'self' ${hashes(source, 'style')}`,
    "img-src 'self' data:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
  ];
  return directives.map((directive) => directive.trimEnd()).join('; ');
}

/**
 * The hashes of the elements' texts that are the same on every page. One with values in it has none: it could not be told
 * from an injected one.
 */
function hashes(source: string, element: 'script' | 'style'): string {
  const texts = [...source.matchAll(new RegExp(`<${element}(?:\\s[^>]*)?>([^]*?)</${element}>`, 'gi'))]
    .map(([, text = '']) => text)
    .filter((text) => text !== '' && !text.includes('{{'));
  return texts
    .map((text) => `'sha256-${createHash('sha256').update(text, 'utf8').digest('base64')}'`)
    .join(' ');
}
