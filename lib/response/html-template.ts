import type Handlebars from 'handlebars';
import { readFileSync } from 'node:fs';
import { contentSecurityPolicy, type PolicyAdditions, utc } from './html.js';
import { RELOAD_SCRIPT } from './page-scripts.js';

/** Loaded only for a template: the built-in page does not need it. */
export async function createHandlebars(): Promise<typeof Handlebars> {
  const handlebars = (await import('handlebars')).default.create();
  handlebars.registerHelper('eq', (a: unknown, b: unknown) => a === b);
  handlebars.registerHelper('utc', (iso: unknown, language: unknown) =>
    typeof iso === 'string' ? utc(iso, typeof language === 'string' ? language : undefined) : '',
  );
  handlebars.registerPartial(
    'reload',
    `<script data-mode="{{@root.mode}}" data-method="{{@root.method}}" data-ends-at="{{@root.endsAt}}">${RELOAD_SCRIPT}</script>`,
  );
  return handlebars;
}

/** Tags of other template languages, which Handlebars would send to visitors as they are. */
const OTHER_LANGUAGES = [
  { tag: /<%[^]*?%>/, name: 'EJS or ERB' },
  { tag: /\{%[^]*?%\}/, name: 'Nunjucks, Liquid, Twig or Django' },
];

/**
 * A page from a Handlebars file: `{{ }}` is escaped; the helpers are `eq` and `utc` (a readable date in UTC), the partial is
 * `reload`.
 */
export class HtmlTemplate {
  readonly #template: Handlebars.TemplateDelegate;
  /** Allows the page's own static styles and scripts by hash and files of this origin, and the sources of the application. */
  readonly contentSecurityPolicy: string;
  /** Whether the page has styles or scripts that only its own policy allows. */
  readonly hasInlineParts: boolean;
  /** Whether it reads the visitor's language, so that it is not the same for all of them. */
  readonly isTranslated: boolean;

  /** @throws if the file cannot be read, or is not a Handlebars template. */
  constructor(path: string, handlebars: typeof Handlebars, additions: PolicyAdditions) {
    // A browser hashes a script as it reads it: with LF.
    const source = readFileSync(path, 'utf8').replaceAll('\r\n', '\n');
    refuseOtherLanguages(source);
    // Handlebars compiles lazily: parsing shows errors at boot.
    handlebars.parse(source);
    this.#template = handlebars.compile(source);
    const reloads = /\{\{~?>\s*reload\b/.test(source);
    const scripts = [...staticTexts(source, 'script'), ...(reloads ? [RELOAD_SCRIPT] : [])];
    const styles = staticTexts(source, 'style');
    this.hasInlineParts = scripts.length + styles.length > 0;
    this.isTranslated = /\{\{[^}]*\b(?:language|text)\b/.test(source);
    this.contentSecurityPolicy = contentSecurityPolicy({ scripts, styles }, additions);
  }

  /** @throws what the template's helpers throw. */
  render(values: Readonly<Record<string, unknown>>): string {
    return this.#template(values);
  }
}

function refuseOtherLanguages(source: string): void {
  for (const { tag, name } of OTHER_LANGUAGES) {
    const [found] = tag.exec(source) ?? [];
    if (found === undefined) continue;
    const shown = found.length > 60 ? `${found.slice(0, 60)}...` : found;
    throw new Error(
      `it contains ${JSON.stringify(shown)}, which looks like ${name}. Handlebars writes {{reason}}`,
    );
  }
}

/**
 * The contents of elements that never change. An element with values in it gets no hash: an injected one would look the
 * same.
 */
function staticTexts(source: string, element: 'script' | 'style'): string[] {
  return [...source.matchAll(new RegExp(`<${element}(?:\\s[^>]*)?>([^]*?)</${element}>`, 'gi'))]
    .map(([, text = '']) => text)
    .filter((text) => text !== '' && !text.includes('{{'));
}
