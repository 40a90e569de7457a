import { MaintenanceOptionsError } from '../errors/maintenance-options.error.js';
import type { ResponseContext } from '../options/maintenance-module-options.js';
import type { UserFunctions } from '../options/user-functions.js';
import { describe } from '../validation/check.js';
import { HtmlTemplate } from './html-template.js';
import type { AnswerValues } from './problem.js';

export interface RenderedPage {
  readonly html: string;
  readonly contentSecurityPolicy: string;
}

/** The page for visitors: the application's own template, or the built-in one. */
export class MaintenancePage {
  readonly #builtIn = new HtmlTemplate(new URL('./templates/maintenance.hbs', import.meta.url));
  readonly #own: HtmlTemplate | undefined;

  /** @throws MaintenanceOptionsError for a template that does not exist, does not compile or cannot be rendered. */
  constructor(
    path: string | undefined,
    private readonly userFunctions: UserFunctions,
  ) {
    this.#own = path === undefined ? undefined : ownTemplate(path);
  }

  /** The values of this package stand above those of `response.context`. */
  render(values: AnswerValues, context: ResponseContext): RenderedPage {
    const all = { ...context, ...values };
    const own = this.#own;
    // What fails only with some values has not failed at boot.
    return own
      ? this.userFunctions.call(
          'response.template',
          () => rendered(own, all),
          () => rendered(this.#builtIn, all),
        )
      : rendered(this.#builtIn, all);
  }
}

function rendered(template: HtmlTemplate, values: Readonly<Record<string, unknown>>): RenderedPage {
  return { html: template.render(values), contentSecurityPolicy: template.contentSecurityPolicy };
}

function ownTemplate(path: string): HtmlTemplate {
  try {
    const template = new HtmlTemplate(path);
    template.render({ ...TRIAL });
    return template;
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    const message = `expected the path of a Handlebars file, got ${describe(path)}: ${cause}`;
    throw new MaintenanceOptionsError('response.template', message, { cause: error });
  }
}

/** Handlebars finds out about some mistakes only when it renders: it is tried with this at boot. */
const TRIAL: AnswerValues = {
  reason: 'A trial at boot',
  startsAt: '2000-01-01T00:00:00.000Z',
  endsAt: '2000-01-01T01:00:00.000Z',
  retryAfter: 3600,
  statusCode: 503,
  mode: 'full',
  scope: null,
};
