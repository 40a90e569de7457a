import type { Environment } from '../config/environment.js';
import { errorText } from '../validation/values.js';
import { answerOf, parseStatus, RoutesError, type RoutesStatus } from './routes-answer.js';
import { UsageError } from './usage-error.js';

const TIMEOUT_MS = 10_000;

/** Speaks to the toggle routes of a running application. */
export class RoutesClient {
  readonly #url: string;
  readonly #headers: Headers;

  /** @throws UsageError for an address or a header that is none. */
  constructor(url: string, headers: Headers) {
    this.#url = routesUrl(url);
    this.#headers = headers;
  }

  /** The address, for messages. */
  get url(): string {
    return this.#url;
  }

  /** @throws RoutesError */
  async status(signal?: AbortSignal): Promise<RoutesStatus> {
    return parseStatus(await this.#fetch('', { method: 'GET' }, signal), this.#url);
  }

  /**
   * Resolves to the answer: the scope of the change comes first, and the revision is that which the change has made.
   *
   * @throws RoutesError; if no answer came, whether it was done is unknown.
   */
  async post(action: 'on' | 'off' | 'update', body: object): Promise<RoutesStatus> {
    const headers = { 'Content-Type': 'application/json' };
    const url = `${this.#url}/${action}`;
    const init = { method: 'POST', headers, body: JSON.stringify(body) };
    return parseStatus(await this.#fetch(`/${action}`, init), url);
  }

  async #fetch(path: string, init: RequestInit, signal?: AbortSignal): Promise<unknown> {
    const url = `${this.#url}${path}`;
    const headers = new Headers(this.#headers);
    headers.set('Accept', 'application/json');
    // A balancer of connections would otherwise give all requests to one instance.
    headers.set('Connection', 'close');
    new Headers(init.headers).forEach((value, name) => headers.set(name, value));
    const limit = AbortSignal.timeout(TIMEOUT_MS);
    try {
      const response = await fetch(url, {
        ...init,
        headers,
        // A redirect of a POST would become a GET, and the credentials would go to wherever it leads.
        redirect: 'manual',
        signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
      });
      return await answerOf(response, url);
    } catch (error) {
      throw error instanceof RoutesError ? error : noAnswer(error, url, init.method === 'POST');
    }
  }
}

/** @throws UsageError */
function routesUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new UsageError(
      `${JSON.stringify(text)} is no address of the routes, such as https://shop.example/maintenance-mode`,
    );
  }
  if (url.username !== '' || url.password !== '')
    throw new UsageError('an address takes no user and password: use --header');
  if (url.search !== '' || url.hash !== '')
    throw new UsageError(`${JSON.stringify(text)}: the address of the routes ends with their path`);
  return url.href.replace(/\/+$/, '');
}

/**
 * The headers of all requests: those of `--header`, and `MAINTENANCE_MODE_TOKEN` as a Bearer token.
 *
 * @throws UsageError that does not repeat the value, which may be a secret.
 */
export function requestHeaders(given: readonly string[], env: Environment): Headers {
  const headers = new Headers();
  for (const text of given) {
    const colon = text.indexOf(':');
    const name = text.slice(0, Math.max(colon, 0)).trim();
    try {
      headers.append(name, text.slice(colon + 1).trim());
    } catch {
      throw new UsageError(`--header takes 'Name: value', such as 'Authorization: Bearer ...'`);
    }
  }
  const token = env['MAINTENANCE_MODE_TOKEN']?.trim() ?? '';
  if (token !== '' && !headers.has('Authorization')) headers.set('Authorization', `Bearer ${token}`);
  return headers;
}

function noAnswer(error: unknown, url: string, isChange: boolean): RoutesError {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const isTimeout = error instanceof Error && error.name === 'TimeoutError';
  const why = isTimeout ? `not within ${TIMEOUT_MS / 1000} s` : reasonOf(cause);
  const unknown = isChange ? '; whether it was done is unknown: look at the status' : '';
  return new RoutesError(`${url} did not answer: ${why}${unknown}`, true, { cause: error });
}

function reasonOf(cause: unknown): string {
  // Of several addresses of a host, each has failed.
  if (cause instanceof AggregateError) return cause.errors.map(reasonOf).join('; ');
  return cause instanceof Error ? errorText(cause.message) : errorText(cause);
}
