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

/** Text that is HTML already. Made by `markup` alone, which escapes everything else. */
export class Markup {
  constructor(readonly html: string) {}
}

/**
 * HTML from a template: each value is escaped, for texts and for attributes in quotes, except what is `Markup` itself. Null
 * is nothing. The same characters are escaped as by Handlebars.
 */
export function markup(strings: TemplateStringsArray, ...values: (string | Markup | null)[]): Markup {
  return new Markup(String.raw({ raw: strings }, ...values.map(htmlOf)));
}

/** A text of this package that is HTML, or stands in an element in which nothing is escaped. */
markup.trusted = (html: string): Markup => new Markup(html);

function htmlOf(value: string | Markup | null): string {
  if (value === null) return '';
  if (value instanceof Markup) return value.html;
  return value.replaceAll(/[&<>"'`=]/g, (character) => ENTITIES[character] ?? '');
}

/** `21 November 2026 at 03:30 UTC` */
export function utc(iso: string): string {
  const date = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' });
  return `${date.format(new Date(iso))} UTC`;
}

/** The texts of the inline elements of a page that are the same each time it is sent. */
export interface InlineTexts {
  readonly scripts: readonly string[];
  readonly styles: readonly string[];
}

/** What a page may do: its own static styles and scripts by hash, files of this origin, nothing else. */
export function contentSecurityPolicy({ scripts, styles }: InlineTexts): string {
  const directives = [
    "default-src 'none'",
    `script-src 'self' ${hashes(scripts)}`,
    `style-src 'self' ${hashes(styles)}`,
    "img-src 'self' data:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
  ];
  return directives.map((directive) => directive.trimEnd()).join('; ');
}

function hashes(texts: readonly string[]): string {
  return texts
    .map((text) => `'sha256-${createHash('sha256').update(text, 'utf8').digest('base64')}'`)
    .join(' ');
}
