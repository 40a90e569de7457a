import type { Reply } from '../http/adapter-bridge.js';
import type { RequestFacts } from '../interfaces/request-facts.js';
import { wantedFormats } from '../response/accept.js';

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
