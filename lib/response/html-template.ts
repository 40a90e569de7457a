import { readFileSync } from 'node:fs';
import Handlebars from 'handlebars';
import { contentSecurityPolicy } from './content-security-policy.js';
import { utc } from './markup.js';

const handlebars = Handlebars.create();
handlebars.registerHelper('eq', (a: unknown, b: unknown) => a === b);
handlebars.registerHelper('utc', (iso: unknown) => (typeof iso === 'string' ? utc(iso) : ''));

/** A page from a Handlebars file: `{{ }}` is escaped; the helpers are `eq` and `utc` (a date to read, in UTC). */
export class HtmlTemplate {
  readonly #template: Handlebars.TemplateDelegate;
  /** What the page may do: its own static styles and scripts by hash, files of this origin, nothing else. */
  readonly contentSecurityPolicy: string;

  /** @throws where the file cannot be read, or is no Handlebars template. */
  constructor(path: string) {
    // A browser hashes a script as it reads it: with LF.
    const source = readFileSync(path, 'utf8').replaceAll('\r\n', '\n');
    // Handlebars compiles late: this tells what is wrong at boot.
    handlebars.parse(source);
    this.#template = handlebars.compile(source);
    this.contentSecurityPolicy = contentSecurityPolicy({
      scripts: staticTexts(source, 'script'),
      styles: staticTexts(source, 'style'),
    });
  }

  /** @throws what the template's helpers throw. */
  render(values: Readonly<Record<string, unknown>>): string {
    return this.#template(values);
  }
}

/**
 * The elements' texts that are the same on every page. One with values in it is none: it could not be told from an injected
 * one.
 */
function staticTexts(source: string, element: 'script' | 'style'): string[] {
  return [...source.matchAll(new RegExp(`<${element}(?:\\s[^>]*)?>([^]*?)</${element}>`, 'gi'))]
    .map(([, text = '']) => text)
    .filter((text) => text !== '' && !text.includes('{{'));
}
