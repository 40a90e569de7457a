import type { MaintenanceStatus } from '../interfaces/maintenance-status.js';
import { parseIsoDate } from '../state/window.js';
import { errorText, memberOf } from '../validation/values.js';

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

/** What `GET /maintenance-mode` says. Members that are null are for superusers. */
export interface RoutesStatus {
  /** The application, then every scope that is not off. */
  readonly statuses: readonly MaintenanceStatus[];
  readonly revision: number | null;
  readonly inFlight: number | null;
  /** Differs for each process. */
  readonly instance: string | null;
}

/** The body of a 200. @throws RoutesError that says what is wrong with any other answer. */
export async function answerOf(response: Response, url: string): Promise<unknown> {
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
export function parseStatus(body: unknown, url: string): RoutesStatus {
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
  const status = (entry: unknown): MaintenanceStatus => statusOf(entry, revision ?? 0, stale);
  const instance = memberOf(body, 'instance');
  return {
    statuses: [status(body), ...(Array.isArray(scopes) ? scopes.map(status) : [])],
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
    // The routes choose one.
    reasons: null,
    startsAt: dateIn(entry, 'startsAt'),
    endsAt: dateIn(entry, 'endsAt'),
    announced: memberOf(entry, 'announced') === true,
    by: textIn(entry, 'by'),
    updatedAt: dateIn(entry, 'updatedAt'),
    revision,
    stale,
  };
}

function textIn(entry: unknown, name: string): string | null {
  const value = memberOf(entry, name);
  return typeof value === 'string' ? value : null;
}

function numberIn(entry: unknown, name: string): number | null {
  const value = memberOf(entry, name);
  return typeof value === 'number' ? value : null;
}

function dateIn(entry: unknown, name: string): Date | null {
  const time = parseIsoDate(textIn(entry, name) ?? '');
  return time === null ? null : new Date(time);
}
