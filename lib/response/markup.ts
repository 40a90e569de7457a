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
