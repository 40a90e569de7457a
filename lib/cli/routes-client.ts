import type { Environment } from '../options/environment.js';
import type { MaintenanceReasons, MaintenanceStatus } from '../interfaces/maintenance-status.js';
import { errorText, memberOf, parseIsoDate } from '../validation/values.js';
import { complain, UsageError } from './terminal.js';

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
   * Resolves to the answer: the scope of the change comes first, and the revision is that which the change has made. What the
   * application warns of is printed.
   *
   * @throws RoutesError; if no answer came, whether it was done is unknown.
   */
  async post(action: 'on' | 'off' | 'update', body: object): Promise<RoutesStatus> {
    const headers = { 'Content-Type': 'application/json' };
    const url = `${this.#url}/${action}`;
    const init = { method: 'POST', headers, body: JSON.stringify(body) };
    const answer = await this.#fetch(`/${action}`, init);
    const warning = memberOf(answer, 'warning');
    if (typeof warning === 'string') complain(errorText(warning));
    return parseStatus(answer, url);
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

/** A request that the application has refused or not answered. `isTemporary`: the same may work in a moment. */
export class RoutesError extends Error {
  override readonly name = 'RoutesError';

  constructor(
    message: string,
    readonly isTemporary: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** What the routes show superusers alone. */
export interface Details {
  readonly note: string | null;
  readonly allow: readonly string[];
  readonly announceFrom: Date | null;
  readonly since: Date | null;
  /** The revision of the record that has set it. */
  readonly setIn: number;
}

/** The application or a scope, as the routes show it. */
export interface RoutesEntry {
  readonly status: MaintenanceStatus;
  /** Null if the routes do not show it. */
  readonly details: Details | null;
  /** The stage that is planned behind it; null also if the routes do not show it. */
  readonly next: RoutesEntry | null;
}

/** What `GET /maintenance-mode` says. Members that are null are for superusers. */
export interface RoutesStatus {
  /** The application, then every scope that is not off. */
  readonly entries: readonly RoutesEntry[];
  readonly revision: number | null;
  readonly inFlight: number | null;
  /** Differs for each process. */
  readonly instance: string | null;
}

/** The body of a 200. @throws RoutesError that says what is wrong with any other answer. */
async function answerOf(response: Response, url: string): Promise<unknown> {
  const { status, headers } = response;
  const text = await response.text();
  if (status >= 300 && status < 400) {
    const target = headers.get('Location');
    const where =
      target === null ? '' : ` to ${URL.canParse(target, url) ? new URL(target, url).href : target}`;
    throw new RoutesError(
      `${url} redirects${where}: pass credentials with --header if that is a login page, else use that address`,
      false,
    );
  }
  const body = parsedJson(text);
  if (status === 200 && typeof body === 'object' && body !== null) return body;
  if (status === 200) {
    const type = headers.get('Content-Type') ?? 'no content type';
    throw new RoutesError(
      `${url} answered with ${type} and no status: it is a login page or another application`,
      false,
    );
  }
  const said = messageIn(body);
  throw new RoutesError(
    `${url} answered ${status}${said === '' ? '' : ` (${said})`}${adviceOn(status, headers)}`,
    status >= 500,
  );
}

function adviceOn(status: number, headers: Headers): string {
  if (headers.has('Maintenance-Mode'))
    return ': this address is itself in maintenance, so it is not that of the routes (mind the global prefix)';
  switch (status) {
    case 401:
      return `: it does not know who you are; pass --header 'Authorization: Bearer ...'`;
    case 403:
      return ': you are not a superuser there; the options "user.get" and "user.isSuperuser" decide';
    case 404:
      return ': no maintenance routes are there; mind the global prefix and "controller.path"';
    default:
      return '';
  }
}

function messageIn(body: unknown): string {
  const message = memberOf(body, 'message');
  const text = Array.isArray(message) ? message.join('; ') : message;
  return typeof text === 'string' ? errorText(text) : '';
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** @throws RoutesError if it is no status. */
function parseStatus(body: unknown, url: string): RoutesStatus {
  const state = memberOf(body, 'state');
  if (state !== 'off' && state !== 'scheduled' && state !== 'active') {
    throw new RoutesError(
      `${url} answered without a maintenance state: it is not the address of the routes`,
      false,
    );
  }
  const revision = numberIn(body, 'revision');
  const scopes = memberOf(body, 'scopes');
  const stale = memberOf(body, 'stale') === true;
  const entry = (value: unknown, scope = textIn(value, 'scope')): RoutesEntry => {
    const next = memberOf(value, 'next');
    return {
      status: { ...statusOf(value, revision ?? 0, stale), scope },
      details: detailsOf(value),
      next: typeof next === 'object' && next !== null ? entry(next, scope) : null,
    };
  };
  const instance = memberOf(body, 'instance');
  const others = Array.isArray(scopes) ? scopes.map((value: unknown) => entry(value)) : [];
  return {
    entries: [entry(body), ...others],
    revision,
    inFlight: numberIn(body, 'inFlight'),
    instance: typeof instance === 'string' ? instance : null,
  };
}

function statusOf(entry: unknown, revision: number, stale: boolean): MaintenanceStatus {
  const state = memberOf(entry, 'state');
  return {
    state: state === 'active' || state === 'scheduled' ? state : 'off',
    mode: memberOf(entry, 'mode') === 'read-only' ? 'read-only' : 'full',
    scope: textIn(entry, 'scope'),
    reason: textIn(entry, 'reason'),
    reasons: reasonsIn(entry),
    startsAt: dateIn(entry, 'startsAt'),
    endsAt: dateIn(entry, 'endsAt'),
    announced: memberOf(entry, 'announced') === true,
    by: textIn(entry, 'by'),
    updatedAt: dateIn(entry, 'updatedAt'),
    revision,
    stale,
  };
}

function detailsOf(entry: unknown): Details | null {
  const setIn = numberIn(entry, 'setIn');
  if (setIn === null) return null;
  const addresses = memberOf(memberOf(entry, 'allow'), 'ipAddresses');
  return {
    note: textIn(entry, 'note'),
    allow: Array.isArray(addresses) ? addresses.filter((address) => typeof address === 'string') : [],
    announceFrom: dateIn(entry, 'announceFrom'),
    since: dateIn(entry, 'since'),
    setIn,
  };
}

function textIn(entry: unknown, name: string): string | null {
  const value = memberOf(entry, name);
  return typeof value === 'string' ? value : null;
}

/** Superusers see the texts in all languages, and others one of them. */
function reasonsIn(entry: unknown): MaintenanceReasons | null {
  const value = memberOf(entry, 'reasons');
  if (typeof value !== 'object' || value === null) return null;
  const texts = Object.entries(value).filter(([, text]) => typeof text === 'string');
  return Object.fromEntries(texts) as MaintenanceReasons;
}

function numberIn(entry: unknown, name: string): number | null {
  const value = memberOf(entry, name);
  return typeof value === 'number' ? value : null;
}

function dateIn(entry: unknown, name: string): Date | null {
  const time = parseIsoDate(textIn(entry, name) ?? '');
  return time === null ? null : new Date(time);
}
