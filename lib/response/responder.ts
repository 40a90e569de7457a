import type { MaintenanceStatus } from '../contracts/maintenance-status.js';
import type { RequestFacts } from '../contracts/request-facts.js';
import type { ResponseContext } from '../options/maintenance-module-options.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
import { settled } from '../options/thenable.js';
import type { UserFunctions } from '../options/user-functions.js';
import { type Format, wantedFormats } from './accept.js';
import type { Answer } from './answer.js';
import { MaintenancePage } from './maintenance-page.js';
import { type AnswerValues, answerValues, type MaintenanceProblem, toProblem } from './problem.js';
import { retryAfter } from './retry-after.js';
import { checkContext, checkType } from './user-values.js';

const NO_CONTEXT: ResponseContext = {};

interface PreparedAnswers {
  readonly retryAfter: number | null;
  readonly byFormat: Map<Format, Answer>;
}

/** Says what a blocked client gets. Answers are prepared once for each state, second and format, not for each request. */
export class Responder {
  readonly #page: MaintenancePage;
  readonly #prepared = new WeakMap<MaintenanceStatus, PreparedAnswers>();

  /** @throws MaintenanceOptionsError for a template that does not exist, does not compile or cannot be rendered. */
  constructor(
    private readonly options: ResolvedOptions['response'],
    private readonly userFunctions: UserFunctions,
  ) {
    this.#page = new MaintenancePage(options.template, userFunctions);
  }

  /** Whether nothing of the application has a say in it. */
  get isSelfContained(): boolean {
    return typeof this.options.type !== 'function' && this.options.context === undefined;
  }

  /** @param facts null for a message that is no HTTP request: there is nothing to ask the application about. */
  answer(facts: RequestFacts | null, status: MaintenanceStatus): Answer {
    const format = facts === null ? 'problem+json' : this.#format(facts);
    const seconds = retryAfter(status, this.options.retryAfterSeconds, Date.now());
    if (this.options.context && facts !== null)
      return this.#build(format, status, seconds, this.#context(facts, status));
    let prepared = this.#prepared.get(status);
    if (prepared?.retryAfter !== seconds) {
      prepared = { retryAfter: seconds, byFormat: new Map() };
      this.#prepared.set(status, prepared);
    }
    let answer = prepared.byFormat.get(format);
    if (!answer) {
      answer = this.#build(format, status, seconds, NO_CONTEXT);
      prepared.byFormat.set(format, answer);
    }
    return answer;
  }

  #format({ headers, request }: RequestFacts): Format {
    const { type } = this.options;
    const decided =
      typeof type === 'function'
        ? this.userFunctions.call<'html' | 'json' | 'auto'>(
            'response.type',
            () => checkType(settled(type(request))),
            () => 'auto',
          )
        : type;
    switch (decided) {
      case 'auto':
        return wantedFormats(headers.accept).any;
      case 'html':
        return 'html';
      case 'json':
        return wantedFormats(headers.accept).json;
    }
  }

  #context({ request }: RequestFacts, status: MaintenanceStatus): ResponseContext {
    return this.userFunctions.call(
      'response.context',
      () => checkContext(settled(this.options.context?.(request, status))),
      () => NO_CONTEXT,
    );
  }

  #build(
    format: Format,
    status: MaintenanceStatus,
    seconds: number | null,
    context: ResponseContext,
  ): Answer {
    const values = answerValues(status, this.options.statusCode, seconds);
    const problem = toProblem(values, context);
    const { statusCode, bodyHeaders, text } =
      format === 'html' ? this.#htmlBody(values, context) : this.#jsonBody(format, problem);
    const body = Buffer.from(text, 'utf8');
    const headers = this.#headers(status, seconds);
    return {
      statusCode,
      headers,
      allHeaders: { ...headers, ...bodyHeaders, 'Content-Length': String(body.length) },
      body,
      problem,
    };
  }

  #headers({ mode }: MaintenanceStatus, seconds: number | null): Record<string, string> {
    return {
      ...this.options.headers,
      ...(seconds !== null && { 'Retry-After': String(seconds) }),
      'Cache-Control': 'no-store',
      Vary: 'Accept',
      'X-Content-Type-Options': 'nosniff',
      'Maintenance-Mode': mode === 'read-only' ? 'read-only' : 'active',
    };
  }

  #htmlBody(values: AnswerValues, context: ResponseContext): AnswerBody {
    const { statusCode, redirectUrl, headers } = this.options;
    if (redirectUrl !== undefined)
      return { statusCode: 302, bodyHeaders: { Location: redirectUrl }, text: '' };
    const { html, contentSecurityPolicy } = this.#page.render(values, context);
    const hasOwnPolicy = Object.keys(headers).some(
      (name) => name.toLowerCase() === 'content-security-policy',
    );
    const bodyHeaders = {
      'Content-Type': 'text/html; charset=utf-8',
      ...(!hasOwnPolicy && { 'Content-Security-Policy': contentSecurityPolicy }),
    };
    return { statusCode, bodyHeaders, text: html };
  }

  #jsonBody(format: 'problem+json' | 'json', problem: MaintenanceProblem): AnswerBody {
    const bodyHeaders = { 'Content-Type': `application/${format}; charset=utf-8` };
    return { statusCode: this.options.statusCode, bodyHeaders, text: JSON.stringify(problem) };
  }
}

interface AnswerBody {
  readonly statusCode: number;
  readonly bodyHeaders: Readonly<Record<string, string>>;
  readonly text: string;
}
