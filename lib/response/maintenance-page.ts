import type Handlebars from 'handlebars';
import { MaintenanceOptionsError } from '../errors.js';
import type { ResponseContext } from '../options/maintenance-module-options.js';
import type { OptionCallbacks } from '../options/option-callbacks.js';
import { describe } from '../validation/check.js';
import { errorText } from '../validation/values.js';
import { builtInPage, builtInPolicy } from './built-in-page.js';
import type { AnswerValues } from './problem.js';
import { readFileSync } from 'node:fs';
import { contentSecurityPolicy, utc } from './html.js';

export interface RenderedPage {
  readonly html: string;
  readonly contentSecurityPolicy: string;
}

/** The page for visitors: the application's own template, or the built-in one. */
export class MaintenancePage {
  private constructor(
    private readonly own: HtmlTemplate | undefined,
    private readonly callbacks: OptionCallbacks,
  ) {}

  /** @throws MaintenanceOptionsError for a template that does not exist, does not compile or cannot be rendered. */
  static async load(path: string | undefined, callbacks: OptionCallbacks): Promise<MaintenancePage> {
    for (const values of TRIALS) builtInPage(values);
    return new MaintenancePage(path === undefined ? undefined : await ownTemplate(path), callbacks);
  }

  /** The values of this package override those of `response.context`. */
  render(values: AnswerValues, context: ResponseContext): RenderedPage {
    const builtIn = (): RenderedPage => ({ html: builtInPage(values), contentSecurityPolicy: builtInPolicy });
    const { own } = this;
    if (!own) return builtIn();
    const rendered = (): RenderedPage => ({
      html: own.render({ ...context, ...values }),
      contentSecurityPolicy: own.contentSecurityPolicy,
    });
    // A template may fail only with some values, which the trials at boot did not have.
    return this.callbacks.call('response.template', rendered, builtIn);
  }
}

async function ownTemplate(path: string): Promise<HtmlTemplate> {
  try {
    const template = new HtmlTemplate(path, await createHandlebars());
    for (const values of TRIALS) template.render({ ...values });
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

/** Loaded only for a template: the built-in page does not need it. */
async function createHandlebars(): Promise<typeof Handlebars> {
  const handlebars = (await import('handlebars')).default.create();
  handlebars.registerHelper('eq', (a: unknown, b: unknown) => a === b);
  handlebars.registerHelper('utc', (iso: unknown) => (typeof iso === 'string' ? utc(iso) : ''));
  return handlebars;
}

/** A page from a Handlebars file: `{{ }}` is escaped; the helpers are `eq` and `utc` (a readable date in UTC). */
export class HtmlTemplate {
  readonly #template: Handlebars.TemplateDelegate;
  /** Allows the page's own static styles and scripts by hash and files of this origin, and nothing else. */
  readonly contentSecurityPolicy: string;

  /** @throws if the file cannot be read, or is not a Handlebars template. */
  constructor(path: string, handlebars: typeof Handlebars) {
    // A browser hashes a script as it reads it: with LF.
    const source = readFileSync(path, 'utf8').replaceAll('\r\n', '\n');
    // Handlebars compiles lazily: parsing shows errors at boot.
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
 * The contents of elements that never change. An element with values in it gets no hash: an injected one would look the
 * same.
 */
function staticTexts(source: string, element: 'script' | 'style'): string[] {
  return [...source.matchAll(new RegExp(`<${element}(?:\\s[^>]*)?>([^]*?)</${element}>`, 'gi'))]
    .map(([, text = '']) => text)
    .filter((text) => text !== '' && !text.includes('{{'));
}
