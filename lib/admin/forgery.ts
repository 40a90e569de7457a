import { ForbiddenException } from '@nestjs/common';
import type { RequestFacts } from '../interfaces/request-facts.js';
import { memberOf } from '../validation/values.js';

/** Schemes whose credentials a browser adds automatically once it has them. */
const AMBIENT_SCHEMES = /^(?:basic|digest|negotiate|ntlm)\b/i;
/** Headers that browsers add automatically, and programs only if they are written to. */
const BROWSER_HEADERS = ['cookie', 'origin', 'referer', 'accept-language', 'upgrade-insecure-requests'];

/**
 * Whether the request carries nothing that a browser adds automatically. Then no page can have made a browser send it,
 * and its credentials were added on purpose.
 */
export function isFromProgram({ headers }: RequestFacts): boolean {
  const names = Object.keys(headers);
  return (
    !names.some((name) => name.startsWith('sec-') || BROWSER_HEADERS.includes(name)) &&
    !AMBIENT_SCHEMES.test(headers.authorization ?? '')
  );
}

/** Whether a person has opened this address in a browser: typed it, or followed a link of this application. */
export function isOwnNavigation({ headers }: RequestFacts): boolean {
  return (
    ['none', 'same-origin'].includes(String(headers['sec-fetch-site'])) &&
    headers['sec-fetch-mode'] === 'navigate' &&
    headers['sec-fetch-dest'] === 'document' &&
    !isPrefetch({ headers })
  );
}

/** Whether no person will see the response: for a prefetch, an image, a frame, or a fetch by another site. */
export function isUnseen({ headers }: RequestFacts): boolean {
  const destination = headers['sec-fetch-dest'] ?? 'document';
  // A script of the application may fetch the page to show it.
  const isOwnFetch =
    destination === 'empty' && ['none', 'same-origin'].includes(String(headers['sec-fetch-site']));
  return isPrefetch({ headers }) || (destination !== 'document' && !isOwnFetch);
}

function isPrefetch({ headers }: Pick<RequestFacts, 'headers'>): boolean {
  const purposes = [
    headers['sec-purpose'],
    headers['purpose'],
    headers['x-moz'],
    headers['x-purpose'],
  ].flat();
  return purposes.some((purpose) => purpose !== undefined && /prefetch|prerender|preview/i.test(purpose));
}

/**
 * Where a browser says that a POST comes from: `own`, this application or a program; `other`, another site; `unclear`, an
 * `Origin` with another host, which may be this application behind a proxy that rewrites `Host`. A valid token clears that up.
 */
export type Source = 'own' | 'other' | 'unclear';

/** `Sec-Fetch-Site`, if present, must be `same-origin` or `none`; else `Origin`, if present, must have the request's host. */
export function sourceOf({ headers, host, secure }: RequestFacts): Source {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none' ? 'own' : 'other';
  const { origin } = headers;
  if (origin === undefined) return 'own';
  const own = `${secure ? 'https' : 'http'}://${host}`;
  if (!URL.canParse(origin) || !URL.canParse(own)) return 'unclear';
  // Compared without the scheme: a reverse proxy may have terminated TLS.
  return hostOf(origin) === hostOf(own, new URL(origin).protocol) ? 'own' : 'unclear';
}

/** Host and port, without the default port of the scheme. */
function hostOf(url: string, protocol = new URL(url).protocol): string {
  return new URL(`${protocol}//${new URL(url).host}`).host;
}

/**
 * A token that comes along proves that the POST comes from a page of this application. Whether it is valid is checked with the
 * change.
 *
 * @throws ForbiddenException
 */
export function refuseOtherSites({ facts, body }: { facts: RequestFacts; body: unknown }): void {
  const source = sourceOf(facts);
  const token = memberOf(body, 'token');
  if (source === 'own' || (source === 'unclear' && typeof token === 'string' && token !== '')) return;
  throw new ForbiddenException('This request comes from another site.');
}
