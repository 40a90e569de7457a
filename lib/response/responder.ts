import { HttpException } from '@nestjs/common';
import type { MaintenanceStatus } from '../interfaces/maintenance-status.js';
import type { RequestFacts } from '../interfaces/request-facts.js';
import type { ResponseContext } from '../options/maintenance-module-options.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
import { settled } from '../validation/values.js';
import { checkContext, checkType, type OptionCallbacks } from '../options/option-callbacks.js';
import { type ChosenReason, type PageLanguages, reasonFor, wantedFormats } from './negotiation.js';
import {
  type Answer,
  type AnswerValues,
  answerValues,
  type MaintenanceProblem,
  toProblem,
} from './problem.js';
import type { MaintenancePage } from './maintenance-page.js';
import type { PageRequest } from './built-in-page.js';

const NO_CONTEXT: ResponseContext = {};

type Format = 'html' | 'redirect' | 'problem+json' | 'json';

/** A format, for a page also its language and method, and the language of the reason. Clients may send any language and method, so the number is bounded. */
type Variant = string;
const MAX_PREPARED = 200;

interface PreparedAnswers {
  readonly retryAfter: number | null;
  readonly byVariant: Map<Variant, Answer>;
}

/**
 * Builds the responses of blocked requests. They are prepared once for each state, second, format and language, not for each
 * request.
 */
export class Responder {
  readonly #redirectTarget: RedirectTarget | undefined;
  readonly #prepared = new WeakMap<MaintenanceStatus, PreparedAnswers>();

  constructor(
    private readonly options: ResolvedOptions['response'],
    private readonly callbacks: OptionCallbacks,
    private readonly page: MaintenancePage,
  ) {
    this.#redirectTarget =
      options.redirectUrl === undefined ? undefined : new RedirectTarget(options.redirectUrl);
  }

  /** The languages of the page. */
  get languages(): PageLanguages {
    return this.page.languages;
  }

  /** Whether no function of the application is called for a response. */
  get isSelfContained(): boolean {
    return typeof this.options.type !== 'function' && this.options.context === undefined;
  }

  /**
   * Never throws: an error is logged, and the result is a plain 503.
   *
   * @param facts null if there is no HTTP request: functions of the application are not called then.
   */
  answer(facts: RequestFacts | null, status: MaintenanceStatus): Answer {
    try {
      return this.#answer(facts, status);
    } catch (error) {
      this.callbacks.answerFailed(error);
      return plainAnswer(status);
    }
  }

  /** The exception that is thrown instead of running a handler. */
  exception(facts: RequestFacts | null, status: MaintenanceStatus): MaintenanceException {
    return new MaintenanceException(status, this.answer(facts, status));
  }

  #answer(facts: RequestFacts | null, status: MaintenanceStatus): Answer {
    const format = facts === null ? 'problem+json' : this.#format(facts);
    const reason = reasonFor(status, facts?.headers['accept-language']);
    const page = facts !== null && format === 'html' ? this.#pageRequest(facts, reason) : undefined;
    const seconds = secondsToRetry(status, this.options.retryAfterSeconds, Date.now());
    if (this.options.context && facts !== null)
      return this.#build({ format, page, reason }, status, seconds, this.#context(facts, status));
    let prepared = this.#prepared.get(status);
    if (prepared?.retryAfter !== seconds) {
      prepared = { retryAfter: seconds, byVariant: new Map() };
      this.#prepared.set(status, prepared);
    }
    const look = page ? `${page.method} ${page.language.tag}` : format;
    const variant = reason.language === undefined ? look : `${look} ${reason.language}`;
    let answer = prepared.byVariant.get(variant);
    if (!answer) {
      answer = this.#build({ format, page, reason }, status, seconds, NO_CONTEXT);
      if (prepared.byVariant.size === MAX_PREPARED) prepared.byVariant.clear();
      prepared.byVariant.set(variant, answer);
    }
    return answer;
  }

  #pageRequest({ method, headers }: RequestFacts, { language: reasonLanguage }: ChosenReason): PageRequest {
    const language = this.page.languages.choose(headers['accept-language']);
    return { language, reasonLanguage, method: this.page.methodFor(method) };
  }

  #format(facts: RequestFacts): Format {
    const format = this.#wanted(facts);
    const isRedirected = format === 'html' && this.#redirectTarget?.isAskedFor(facts) === false;
    return isRedirected ? 'redirect' : format;
  }

  #wanted({ headers, request }: RequestFacts): Exclude<Format, 'redirect'> {
    const { type } = this.options;
    const decided =
      typeof type === 'function'
        ? this.callbacks.call<'html' | 'json' | 'auto'>(
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
    return this.callbacks.call(
      'response.context',
      () => checkContext(settled(this.options.context?.(request, status))),
      () => NO_CONTEXT,
    );
  }

  #build(
    { format, page, reason }: Wanted,
    status: MaintenanceStatus,
    seconds: number | null,
    context: ResponseContext,
  ): Answer {
    const values = answerValues(status, reason.text, this.options.statusCode, seconds);
    const problem = toProblem(values, context, this.options.problemType);
    const { statusCode, bodyHeaders, text } = page
      ? this.#pageBody(page, values, context)
      : this.#bodyOf(format, problem);
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

  #headers(status: MaintenanceStatus, seconds: number | null): Record<string, string> {
    return {
      ...this.options.headers,
      ...(seconds !== null && { 'Retry-After': String(seconds) }),
      ...ownHeaders(status),
    };
  }

  #bodyOf(format: Format, problem: MaintenanceProblem): AnswerBody {
    const { statusCode, redirectUrl = '/' } = this.options;
    if (format === 'redirect') return { statusCode: 302, bodyHeaders: { Location: redirectUrl }, text: '' };
    const bodyHeaders = { 'Content-Type': `application/${format}; charset=utf-8` };
    return { statusCode, bodyHeaders, text: JSON.stringify(problem) };
  }

  #pageBody(page: PageRequest, values: AnswerValues, context: ResponseContext): AnswerBody {
    const { statusCode, headers } = this.options;
    const { html, contentSecurityPolicy, contentLanguage } = this.page.render(values, context, page);
    const own = Object.keys(headers).map((name) => name.toLowerCase());
    const bodyHeaders = {
      'Content-Type': 'text/html; charset=utf-8',
      Vary: 'Accept, Accept-Language',
      ...(!own.includes('content-security-policy') && { 'Content-Security-Policy': contentSecurityPolicy }),
      ...(contentLanguage !== undefined &&
        !own.includes('content-language') && { 'Content-Language': contentLanguage }),
    };
    return { statusCode, bodyHeaders, text: html };
  }
}

/** What a client gets, beside the state. */
interface Wanted {
  readonly format: Format;
  readonly page: PageRequest | undefined;
  readonly reason: ChosenReason;
}

interface AnswerBody {
  readonly statusCode: number;
  readonly bodyHeaders: Readonly<Record<string, string>>;
  readonly text: string;
}

function ownHeaders({ mode, reasons }: Pick<MaintenanceStatus, 'mode' | 'reasons'>): Record<string, string> {
  return {
    'Cache-Control': 'no-store',
    Vary: reasons === null ? 'Accept' : 'Accept, Accept-Language',
    'X-Content-Type-Options': 'nosniff',
    'Maintenance-Mode': mode === 'read-only' ? 'read-only' : 'active',
  };
}

/**
 * The value of `Retry-After` in seconds (RFC 9110 section 10.2.3): until the end of the window, at least 1; if it has no
 * end, the value of the options. Null: no header.
 */
function secondsToRetry(status: MaintenanceStatus, withoutEnd: number | false, now: number): number | null {
  if (withoutEnd === false) return null;
  if (status.endsAt === null) return withoutEnd;
  return Math.max(1, Math.ceil((status.endsAt.getTime() - now) / 1000));
}

/** A 503 that contains only the mode, so that building it cannot fail. */
function plainAnswer({ mode }: MaintenanceStatus): Answer {
  const values = { reason: null, startsAt: null, endsAt: null, retryAfter: null, scope: null };
  const problem = toProblem({ ...values, statusCode: 503, mode }, NO_CONTEXT, 'about:blank');
  const body = Buffer.from(JSON.stringify(problem), 'utf8');
  const headers = ownHeaders({ mode, reasons: null });
  const bodyHeaders = {
    'Content-Type': 'application/problem+json; charset=utf-8',
    'Content-Length': String(body.length),
  };
  return { statusCode: 503, headers, allHeaders: { ...headers, ...bodyHeaders }, body, problem };
}

/** The target of `redirectUrl`. */
export class RedirectTarget {
  /** Null for a path, which is exempt from maintenance and so never redirects to itself. */
  readonly #absolute: URL | null;

  constructor(redirectUrl: string) {
    this.#absolute = redirectUrl.startsWith('/') ? null : new URL(redirectUrl);
  }

  /**
   * Whether the request is for the target itself, so that a redirect would never end. Compares host and path, but not the
   * scheme: a reverse proxy may have terminated TLS.
   */
  isAskedFor({ url, host }: RequestFacts): boolean {
    if (this.#absolute === null) return false;
    const base = `${this.#absolute.protocol}//${host}`;
    if (!URL.canParse(base) || !URL.canParse(url, base)) return false;
    const asked = new URL(url, base);
    return asked.host === this.#absolute.host && asked.pathname === this.#absolute.pathname;
  }
}

/** A string, so that another copy of this package recognises it. */
const CODE = 'MAINTENANCE_ACTIVE';

/**
 * Thrown instead of running a handler during maintenance. Its HTTP status is `response.statusCode` (503 by default); its
 * response is the body that JSON clients receive.
 *
 * @publicApi
 */
export class MaintenanceException extends HttpException {
  readonly code = CODE;

  /** @internal For the filter: that of one copy of this package catches exceptions of the others. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && 'code' in value && value.code === CODE;
  }

  /** @internal Created by the guard. */
  constructor(
    /** The status that blocks the request. */
    readonly maintenance: MaintenanceStatus,
    /** @internal The response for the client. */
    readonly answer: Answer,
  ) {
    super(answer.problem, answer.problem.statusCode);
    this.message = 'Maintenance mode is active.';
  }
}

/**
 * Tells a maintenance 503 from a real one, for logs and error reporting.
 *
 * @publicApi
 */
export function isMaintenanceException(error: unknown): error is MaintenanceException {
  return error instanceof MaintenanceException;
}
