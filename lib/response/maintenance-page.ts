import type Handlebars from 'handlebars';
import { readFileSync } from 'node:fs';
import { MaintenanceOptionsError } from '../errors.js';
import type { ResponseContext } from '../options/maintenance-module-options.js';
import type { OptionCallbacks } from '../options/option-callbacks.js';
import type { ResolvedResponse } from '../options/resolved-options.js';
import { describe, errorText } from '../validation/values.js';
import { BuiltInPage, type PageRequest, RELOAD_SCRIPT } from './built-in-page.js';
import { contentSecurityPolicy, type PolicyAdditions, utc } from './html.js';
import { PageLanguages } from './negotiation.js';
import type { AnswerValues } from './problem.js';

export interface RenderedPage {
  readonly html: string;
  readonly contentSecurityPolicy: string;
  /** Undefined for a template that is the same in all languages, and may be in any. */
  readonly contentLanguage: string | undefined;
}

type PageOptions = Pick<ResolvedResponse, 'type' | 'template' | 'page' | 'headers' | 'contentSecurityPolicy'>;

/** The page for visitors: the application's own template, or the built-in one. */
export class MaintenancePage {
  private constructor(
    readonly languages: PageLanguages,
    private readonly builtIn: BuiltInPage,
    private readonly own: HtmlTemplate | undefined,
    private readonly callbacks: OptionCallbacks,
  ) {}

  /**
   * @throws MaintenanceOptionsError for a template that does not exist, does not compile or cannot be rendered, a logo that
   * cannot be used, and a policy in `response.headers` that would disable the page's own style and script.
   */
  static async load(options: PageOptions, callbacks: OptionCallbacks): Promise<MaintenancePage> {
    const { template, page, contentSecurityPolicy: additions } = options;
    const { messages, ...brand } = page;
    const languages = new PageLanguages(messages);
    const builtIn = new BuiltInPage(brand, additions);
    const request = { language: languages.default, method: 'GET' };
    for (const values of TRIALS) builtIn.render(values, request);
    const own = template === undefined ? undefined : await ownTemplate(template, additions, request);
    if (own?.hasInlineParts ?? true) refusePolicy(options);
    return new MaintenancePage(languages, builtIn, own, callbacks);
  }

  /** The method as far as the page depends on it, so that it is prepared for no more than that. */
  methodFor(method: string): string {
    const isRead = method === 'GET' || method === 'HEAD';
    if (isRead) return 'GET';
    return this.own ? method : 'POST';
  }

  /** The values of this package override those of `response.context`. */
  render(values: AnswerValues, context: ResponseContext, request: PageRequest): RenderedPage {
    const { own, builtIn: page } = this;
    const contentLanguage = request.language.tag;
    const builtIn = (): RenderedPage => ({
      html: page.render(values, request),
      contentSecurityPolicy: page.contentSecurityPolicy,
      contentLanguage,
    });
    if (!own) return builtIn();
    const rendered = (): RenderedPage => ({
      html: own.render({ ...context, ...templateValues(values, request) }),
      contentSecurityPolicy: own.contentSecurityPolicy,
      contentLanguage: own.isTranslated ? contentLanguage : undefined,
    });
    // A template may fail only with some values, which the trials at boot did not have.
    return this.callbacks.call('response.template', rendered, builtIn);
  }
}

function templateValues(
  values: AnswerValues,
  { language: { tag, direction, texts }, method }: PageRequest,
): Readonly<Record<string, unknown>> {
  return { ...values, language: tag, direction, text: texts, method };
}

async function ownTemplate(
  path: string,
  additions: PolicyAdditions,
  request: PageRequest,
): Promise<HtmlTemplate> {
  try {
    const template = new HtmlTemplate(path, await createHandlebars(), additions);
    for (const values of TRIALS) template.render(templateValues(values, request));
    return template;
  } catch (error) {
    const message = `expected the path of a Handlebars file, got ${describe(path)}: ${reasonOf(error)}`;
    throw new MaintenanceOptionsError('response.template', message, { cause: error });
  }
}

function reasonOf(error: unknown): string {
  // Handlebars compiles templates to functions, which `node --disallow-code-generation-from-strings` forbids.
  if (error instanceof EvalError)
    return `${error.message}. Without "response.template" the built-in page needs no code from strings`;
  return error instanceof Error ? error.message : errorText(error);
}

/** Of two policies browsers enforce both, and this one does not know the hashes. Without a page there is nothing to disable. */
function refusePolicy({ type, headers }: PageOptions): void {
  const name = Object.keys(headers).find((header) => header.toLowerCase() === 'content-security-policy');
  if (name === undefined || type === 'json') return;
  throw new MaintenanceOptionsError(
    `response.headers.${name}`,
    'it would disable the style and the script that are part of the page. Use "response.contentSecurityPolicy", which ' +
      'adds sources to the policy of the page.',
  );
}

const ALL: AnswerValues = {
  reason: 'A trial at boot',
  startsAt: '2000-01-01T00:00:00.000Z',
  endsAt: '2000-01-01T01:00:00.000Z',
  retryAfter: 3600,
  statusCode: 503,
  mode: 'full',
  scope: 'trial',
};

const NULLABLE = ['reason', 'startsAt', 'endsAt', 'retryAfter', 'scope'] as const;

/** Some mistakes show only when a template is rendered: so it is, at boot, with and without each value, in both modes. */
const TRIALS: readonly AnswerValues[] = [
  ALL,
  withoutValues(NULLABLE),
  ...NULLABLE.map((name) => withoutValues([name])),
].flatMap((values) => [values, { ...values, mode: 'read-only' as const }]);

function withoutValues(names: readonly (typeof NULLABLE)[number][]): AnswerValues {
  return { ...ALL, ...Object.fromEntries(names.map((name) => [name, null])) };
}

/**
 * A page from a Handlebars file: `{{ }}` is escaped; the helpers are `eq` and `utc` (a readable date in UTC), the partial is
 * `reload`.
 */
class HtmlTemplate {
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

/** Loaded only for a template: the built-in page does not need it. */
async function createHandlebars(): Promise<typeof Handlebars> {
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
