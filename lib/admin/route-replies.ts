import type { Server } from 'node:net';
import {
  BadRequestException,
  ConflictException,
  HttpException,
  Logger,
  ServiceUnavailableException,
} from '@nestjs/common';
import type { HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import type { InFlightWork } from '../drain/in-flight-work.js';
import { MaintenanceError } from '../errors.js';
import type { AdapterBridge, Reply } from '../http/adapter-bridge.js';
import type { AdapterBridgeHost } from '../http/integration.js';
import type { MaintenanceStatus } from '../interfaces/maintenance-status.js';
import type { RequestFacts } from '../interfaces/request-facts.js';
import type { ResolvedController, ResolvedOptions } from '../options/resolved-options.js';
import type { Bypass } from '../policy/bypass.js';
import { type Markup, markup } from '../response/html.js';
import { wantedFormats } from '../response/negotiation.js';
import type { Responder } from '../response/responder.js';
import type { Limits } from '../state/change-options.js';
import type { CurrentState } from '../state/current-state.js';
import type { StateWriter } from '../state/state-writer.js';
import { InvalidValue } from '../validation/values.js';
import { NotSuperuserException } from './access.js';
import { CARD_PAGE_SCRIPT, CARD_PAGE_STYLE } from './page-assets.js';
import { htmlDocument, isolated, time } from './page-parts.js';

/** What the routes need: objects of Nest and of the module. */
export interface RouteParts {
  readonly settings: ResolvedController;
  readonly options: ResolvedOptions;
  readonly state: CurrentState;
  readonly writer: StateWriter;
  readonly work: InFlightWork;
  readonly bypass: Bypass;
  readonly responder: Responder;
  readonly host: AdapterBridgeHost;
  readonly adapterHost: HttpAdapterHost;
  readonly modules: ModulesContainer;
}

/** A request to a route of the module. */
export interface RouteCall {
  readonly facts: RequestFacts;
  /** As the application has parsed it. */
  readonly body: unknown;
  readonly params: unknown;
}

/** The response of a route of the module. */
export interface RouteReply extends Reply {
  /** Added to the cookies that the application sets. */
  readonly setCookie?: string;
}

export const NO_STORE = { 'Cache-Control': 'no-store' };

/** Whether the client is a browser that shows a page. */
export function wantsPage({ facts }: RouteCall): boolean {
  return wantedFormats(facts.headers.accept).any === 'html';
}

export function jsonReply(content: object, more: Readonly<Record<string, string>> = {}): RouteReply {
  const headers = { ...NO_STORE, ...more, 'Content-Type': 'application/json; charset=utf-8' };
  return { statusCode: 200, headers, body: JSON.stringify(content) };
}

export function pageReply(
  body: string,
  headers: Readonly<Record<string, string>>,
  statusCode = 200,
): RouteReply {
  return { statusCode, headers: { ...NO_STORE, ...headers }, body };
}

/** A redirect that a browser follows with a GET. `location` is relative, or a path of this origin. */
export function redirectReply(location: string, more: Partial<RouteReply> = {}): RouteReply {
  return {
    statusCode: 303,
    body: '',
    ...more,
    headers: { ...NO_STORE, ...more.headers, Location: location },
  };
}

/** Runs work and throws the HTTP errors for errors of this package; other errors stay as they are. */
export async function withHttpErrors<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw httpError(error);
  }
}

function httpError(error: unknown): unknown {
  if (error instanceof HttpException) return error;
  if (error instanceof InvalidValue)
    return new BadRequestException(`${error.path === '' ? 'body' : error.path}: ${error.message}`);
  if (!(error instanceof MaintenanceError)) return error;
  switch (error.code) {
    case 'MAINTENANCE_FORCED':
    case 'MAINTENANCE_CONFLICT':
      return new ConflictException(error.message, { cause: error });
    case 'MAINTENANCE_OPTIONS':
    case 'MAINTENANCE_WINDOW':
      // A body has the member `reason`, and not `enable.reason`.
      return new BadRequestException(error.message.replace(/^(?:enable|update|disable)\./, ''), {
        cause: error,
      });
    default:
      return new ServiceUnavailableException(error.message, { cause: error });
  }
}

/** The page with the confirm button, for a person who opens `/on` or `/off` in a browser. */
export function confirmPage(
  action: 'on' | 'off',
  status: MaintenanceStatus,
  token: string | null,
  { requireReason }: Limits,
): string {
  const { state, mode, reason, by, startsAt, endsAt } = status;
  return cardPage(
    `Turn maintenance ${action}?`,
    markup`<h1>Turn maintenance ${action}?</h1>
<p>It is <strong>${state}</strong> now${mode === 'read-only' ? ' (read-only)' : ''}${startsAt && markup`, from ${time(startsAt)}`}${endsAt && markup`, until ${time(endsAt)}`}${by && markup`, set by ${isolated(by)}`}.</p>
${reason && markup`<p class="reason">Reason: ${isolated(reason)}</p>`}
<form method="post">
${token && markup`<input type="hidden" name="token" value="${token}">`}
${action === 'on' ? reasonField(requireReason) : ''}<button type="submit">Turn maintenance ${action}</button>
</form>
`,
  );
}

function reasonField(isRequired: boolean): Markup {
  return markup`<label for="reason">Reason, shown to visitors (${isRequired ? 'required' : 'optional'})</label>
<input id="reason" name="reason" dir="auto" maxlength="2000" autocomplete="off"${isRequired ? markup` required` : ''}>
`;
}

/** The page for a browser whose request to a route of the module is refused. */
export function refusalPage(error: HttpException, loginUrl: string | undefined): string {
  const title = titleOf(error);
  const login =
    error instanceof NotSuperuserException && loginUrl !== undefined
      ? markup`<p class="actions"><a class="button" href="${loginUrl}">${error.isLoggedIn ? 'Log in as another user' : 'Log in'}</a></p>
`
      : null;
  return cardPage(
    title,
    markup`<h1>${title}</h1>
<p>${error.message}</p>
${login}`,
  );
}

function titleOf(error: HttpException): string {
  if (error instanceof NotSuperuserException)
    return error.isLoggedIn ? 'This page is for superusers' : 'Please log in';
  switch (error.getStatus()) {
    case 403:
      return 'This was refused';
    case 400:
      return 'This was not understood';
    case 409:
      return 'This cannot be changed now';
    default:
      return 'This did not work';
  }
}

/** A page with one card: to confirm, or to say why not. */
function cardPage(title: string, content: Markup): string {
  return htmlDocument({
    title,
    style: CARD_PAGE_STYLE,
    script: CARD_PAGE_SCRIPT,
    body: markup`<main>
${content}</main>
`,
  });
}

/*
 * Redirects and forms of the routes are relative: a proxy in front of the application may strip a part of the path, which
 * the application does not know.
 */

/** The URL of another route of the module (`on`, `admin?done=3`), relative to a request of a route such as `/maintenance-mode/off`. */
export function siblingUrl(url: string, name: string): string {
  return pathOf(url).endsWith('/') ? `../${name}` : name;
}

/** The URL of the status route, relative to a request of a route below it. */
export function parentUrl(url: string): string {
  const parent = pathOf(url).split('/').filter(Boolean).at(-2);
  return parent === undefined ? siblingUrl(url, './') : siblingUrl(url, `../${parent}`);
}

/** The root of the application, relative to the request. */
export function rootUrl(url: string): string {
  const depth = pathOf(url).split('/').length - 2;
  return depth > 0 ? '../'.repeat(depth) : './';
}

function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? '';
}

/** To resolve paths; nothing is sent there. */
const BASE = 'http://base.invalid';

/**
 * The target of `?next=` if it is a path of this origin, else null. It is read as browsers do: `//host`, `/\host`, a tab
 * between the slashes and dot segments that end in `//host` all lead to other origins.
 */
export function nextPath(url: string): string | null {
  const [next, ...others] = queryOf(url).getAll('next');
  if (next === undefined || others.length > 0 || !next.startsWith('/') || /[\\\p{Cc}]/u.test(next))
    return null;
  if (!URL.canParse(next, BASE)) return null;
  const { origin, pathname, search, hash } = new URL(next, BASE);
  return origin === BASE && !pathname.startsWith('//') ? pathname + search + hash : null;
}

export function queryOf(url: string): URLSearchParams {
  const start = url.indexOf('?');
  return new URLSearchParams(start === -1 ? '' : url.slice(start + 1));
}

const LAST = '/bypass/:secret';

/** The paths of all routes that never answer with maintenance, as the router has them; null if the adapter does not say. */
export function openRoutes(bridge: AdapterBridge, settings: ResolvedController): readonly string[] | null {
  const patterns = new Set(bridge.exemptPatterns('full'));
  const base = basePath(bridge, settings);
  const paths = [...patterns].filter((pattern) => typeof pattern === 'string');
  if (paths.length < patterns.size || base === undefined) return null;
  return paths.filter((path) => path !== (base || '/') && !path.startsWith(`${base}/`)).toSorted();
}

/** The path of the routes of the module, global prefix included; undefined if it is not certain. */
function basePath(bridge: AdapterBridge, { path }: ResolvedController): string | undefined {
  const own = `/${path.replaceAll(/^\/+|\/+$/g, '')}${LAST}`.replaceAll(/\/+/g, '/');
  // Fastify also has a route for HEAD.
  const [pattern, ...others] = new Set(
    bridge
      .exemptPatterns('full')
      .filter((route): route is string => typeof route === 'string' && route.endsWith(own)),
  );
  return others.length > 0 ? undefined : pattern?.slice(0, -LAST.length);
}

/** Logs once where the routes of the module are, when the server listens; nothing if their path is not certain. */
export function logUrls(server: Server, bridge: AdapterBridge, settings: ResolvedController): void {
  const base = basePath(bridge, settings);
  if (base === undefined) return;
  const log = (): void =>
    new Logger('MaintenanceMode').log(
      `Status at ${originOf(server)}${base || '/'}; superusers turn maintenance on and off at ${base}/admin.`,
    );
  if (server.listening) log();
  else server.once('listening', log);
}

/** Empty if the server does not listen on a port. A proxy in front of it has another address, which is not known. */
function originOf(server: Server): string {
  const address = server.address();
  if (typeof address !== 'object' || address === null) return '';
  const isAnywhere = address.address === '::' || address.address === '0.0.0.0';
  const host = isAnywhere
    ? 'localhost'
    : address.family === 'IPv6'
      ? `[${address.address}]`
      : address.address;
  return `${'setSecureContext' in server ? 'https' : 'http'}://${host}:${address.port}`;
}
