import { Logger } from '@nestjs/common';
import type { MaintenanceStatus } from '../contracts/maintenance-status.js';
import type { RequestFacts } from '../contracts/request-facts.js';
import { MaintenanceOptionsError } from '../errors/maintenance-options.error.js';
import type { ResponseContext } from '../options/maintenance-module-options.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
import { describe } from '../validation/check.js';
import { type Format, jsonFormat, negotiate } from './accept.js';
import type { Answer } from './answer.js';
import { HtmlTemplate } from './html-template.js';
import { type AnswerValues, answerValues, toProblem } from './problem.js';
import { retryAfter } from './retry-after.js';

const BUILT_IN_PAGE = new URL('./templates/maintenance.hbs', import.meta.url);
const NO_CONTEXT: ResponseContext = {};

interface PreparedAnswers {
  readonly retryAfter: number | null;
  readonly byFormat: Map<Format, Answer>;
}

/** Says what a blocked client gets. Answers are prepared once for each state, second and format, not for each request. */
export class Responder {
  readonly #logger = new Logger('MaintenanceMode');
  readonly #options: ResolvedOptions['response'];
  readonly #page: HtmlTemplate;
  readonly #prepared = new WeakMap<MaintenanceStatus, PreparedAnswers>();
  /** The options whose functions failed when they were last called. */
  readonly #failing = new Set<string>();

  /** @throws MaintenanceOptionsError for a template that does not exist, does not compile or cannot be rendered. */
  constructor(options: ResolvedOptions['response']) {
    this.#options = options;
    this.#page =
      options.template === undefined ? new HtmlTemplate(BUILT_IN_PAGE) : ownTemplate(options.template);
  }

  answer(facts: RequestFacts, status: MaintenanceStatus): Answer {
    const format = this.#format(facts);
    const seconds = retryAfter(status, this.#options.retryAfterSeconds, Date.now());
    if (this.#options.context) return this.#build(format, status, seconds, this.#context(facts, status));
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
    const { type } = this.#options;
    const decided =
      typeof type === 'function' ? this.#ask('response.type', () => checkType(type(request)), 'auto') : type;
    switch (decided) {
      case 'auto':
        return negotiate(headers.accept);
      case 'html':
        return 'html';
      case 'json':
        return jsonFormat(headers.accept);
    }
  }

  #context({ request }: RequestFacts, status: MaintenanceStatus): ResponseContext {
    const ask = (): ResponseContext => checkContext(this.#options.context?.(request, status));
    return this.#ask('response.context', ask, NO_CONTEXT);
  }

  /** Calls a function of the user's. Where it fails the answer is still given, and one line, not one each, says so. */
  #ask<T>(option: string, call: () => T, otherwise: T): T {
    try {
      const result = call();
      this.#failing.delete(option);
      return result;
    } catch (error) {
      if (!this.#failing.has(option))
        this.#logger.error(`${option} has failed; answering without it: ${String(error)}`);
      this.#failing.add(option);
      return otherwise;
    }
  }

  #build(
    format: Format,
    status: MaintenanceStatus,
    seconds: number | null,
    context: ResponseContext,
  ): Answer {
    const { statusCode, redirectUrl } = this.#options;
    const values = answerValues(status, statusCode, seconds);
    const problem = toProblem(values, context);
    const headers = {
      ...this.#options.headers,
      ...(seconds !== null && { 'Retry-After': String(seconds) }),
      'Cache-Control': 'no-store',
      Vary: 'Accept',
      'X-Content-Type-Options': 'nosniff',
      'Maintenance-Mode': status.mode === 'read-only' ? 'read-only' : 'active',
    };
    if (format === 'html' && redirectUrl !== undefined) {
      return withBody({ statusCode: 302, headers, bodyHeaders: { Location: redirectUrl }, problem }, '');
    }
    if (format === 'html') {
      const bodyHeaders = {
        'Content-Type': 'text/html; charset=utf-8',
        ...(!hasHeader(headers, 'content-security-policy') && {
          'Content-Security-Policy': this.#page.contentSecurityPolicy,
        }),
      };
      return withBody({ statusCode, headers, bodyHeaders, problem }, this.#render(values, context));
    }
    const bodyHeaders = { 'Content-Type': `application/${format}; charset=utf-8` };
    return withBody({ statusCode, headers, bodyHeaders, problem }, JSON.stringify(problem));
  }

  #render(values: AnswerValues, context: ResponseContext): string {
    return this.#page.render({ ...context, ...values });
  }
}

function withBody(answer: Omit<Answer, 'body'>, text: string): Answer {
  const body = Buffer.from(text, 'utf8');
  return { ...answer, bodyHeaders: { ...answer.bodyHeaders, 'Content-Length': String(body.length) }, body };
}

function hasHeader(headers: Readonly<Record<string, string>>, name: string): boolean {
  return Object.keys(headers).some((candidate) => candidate.toLowerCase() === name);
}

function checkType(type: unknown): 'html' | 'json' {
  if (type === 'html' || type === 'json') return type;
  throw new TypeError(`it must return "html" or "json", and returned ${describe(type)}`);
}

function checkContext(context: unknown): ResponseContext {
  if (
    typeof context !== 'object' ||
    context === null ||
    Array.isArray(context) ||
    context instanceof Promise
  ) {
    throw new TypeError(`it must return an object of plain values, and returned ${describe(context)}`);
  }
  for (const [name, value] of Object.entries(context)) {
    if (value !== null && !['string', 'number', 'boolean'].includes(typeof value)) {
      throw new TypeError(
        `its member "${name}" must be a string, a number, a boolean or null, and is ${describe(value)}`,
      );
    }
  }
  return context as ResponseContext;
}

function ownTemplate(path: string): HtmlTemplate {
  try {
    const template = new HtmlTemplate(path);
    template.render(answerValues(SAMPLE, 503, 3600) as unknown as Record<string, unknown>);
    return template;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new MaintenanceOptionsError(
      'response.template',
      `expected a Handlebars file, got ${describe(path)}: ${message}`,
      {
        cause: error,
      },
    );
  }
}

const SAMPLE: MaintenanceStatus = {
  state: 'active',
  mode: 'full',
  scope: null,
  reason: 'A trial at boot',
  startsAt: new Date(0),
  endsAt: new Date(0),
  by: null,
  updatedAt: null,
  revision: 0,
  stale: false,
};
