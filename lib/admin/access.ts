import { createHmac, timingSafeEqual } from 'node:crypto';
import { ForbiddenException, ServiceUnavailableException } from '@nestjs/common';
import type { RequestFacts } from '../interfaces/request-facts.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
import { currentUser } from '../policy/exemptions.js';
import { ensureKey } from '../state/changes.js';
import { UnparsableRecordError } from '../state/record-repository.js';
import type { StateWriter } from '../state/state-writer.js';
import { memberOf, settled } from '../validation/values.js';

type UserOptions = Pick<ResolvedOptions, 'user' | 'callbacks'>;

/** The user of a request. `unknown`: a function of the `user` options has failed or timed out. */
type Found =
  | { readonly kind: 'superuser'; readonly name: string }
  | { readonly kind: 'other' | 'anonymous' | 'unknown' };

/** Only superusers may use the route. The page for browsers has a link to log in. */
export class NotSuperuserException extends ForbiddenException {
  constructor(readonly isLoggedIn: boolean) {
    super(
      isLoggedIn
        ? 'Only a superuser can turn maintenance on and off, and you are not one: "user.isSuperuser" decides.'
        : 'Only a superuser can turn maintenance on and off, and you are not logged in: "user.get" or request.user says who you are.',
    );
  }
}

/** Whether a superuser sends the request; false if that cannot be found out. */
export async function isSuperuser(facts: RequestFacts, options: UserOptions): Promise<boolean> {
  return (await findUser(facts, options)).kind === 'superuser';
}

/**
 * The name of the superuser who sends the request, for `by` and for tokens; empty if the user has no name.
 *
 * @throws NotSuperuserException; ServiceUnavailableException if it is not known who the user is.
 */
export async function superuserName(facts: RequestFacts, options: UserOptions): Promise<string> {
  const found = await findUser(facts, options);
  switch (found.kind) {
    case 'superuser':
      return found.name;
    case 'unknown':
      throw new ServiceUnavailableException(
        'It is not known who you are: a function of the "user" options has failed or has not answered in time. ' +
          'The log says why. The command line needs no user.',
      );
    case 'other':
    case 'anonymous':
      throw new NotSuperuserException(found.kind === 'other');
  }
}

async function findUser(facts: RequestFacts, { user: options, callbacks }: UserOptions): Promise<Found> {
  return callbacks.settle<Found>(
    'user',
    async () => {
      const user = await currentUser(facts, options);
      if (user === null) return { kind: 'anonymous' };
      if (settled<unknown>(options.isSuperuser(user)) !== true) return { kind: 'other' };
      return { kind: 'superuser', name: asName(settled<unknown>(options.id(user))) };
    },
    () => ({ kind: 'unknown' }),
  );
}

/** The result of `user.id` as text. Numbers are common; anything else that is not text becomes an empty name. */
function asName(id: unknown): string {
  return typeof id === 'string' ? id : typeof id === 'number' || typeof id === 'bigint' ? String(id) : '';
}

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

const LIFETIME_MS = 10 * 60 * 1000;

/** A token is valid for this user, this action and this revision only, so it works once. */
export interface TokenSubject {
  readonly action: string;
  readonly user: string;
  readonly revision: number;
}

/** The key for tokens and the present revision. Makes a key if there is none; null if the stored text does not parse. */
export async function signingKey(
  writer: StateWriter,
): Promise<{ readonly key: string; readonly revision: number } | null> {
  try {
    const { after } = await writer.update(ensureKey, { via: 'route' });
    return { key: after.key ?? '', revision: after.revision };
  } catch (error) {
    if (error instanceof UnparsableRecordError) return null;
    throw error;
  }
}

/** A token for a form, signed with the record's key; valid for ten minutes. */
export function issueToken(key: string, subject: TokenSubject, now: number): string {
  const expires = now + LIFETIME_MS;
  return `${expires}.${sign(key, subject, expires)}`;
}

/** Whether this package has issued the token for the subject. It may have expired. */
export function isGenuineToken(token: string, key: string, subject: TokenSubject): boolean {
  const [, expires, signature] = /^(\d{1,15})\.([\w-]{43})$/.exec(token) ?? [];
  if (expires === undefined || signature === undefined) return false;
  return timingSafeEqual(Buffer.from(signature), Buffer.from(sign(key, subject, Number(expires))));
}

export function isValidToken(token: string, key: string, subject: TokenSubject, now: number): boolean {
  return isGenuineToken(token, key, subject) && Number.parseInt(token, 10) > now;
}

function sign(key: string, { action, user, revision }: TokenSubject, expires: number): string {
  const message = JSON.stringify(['nestjs-maintenance-mode confirm', action, user, revision, expires]);
  return createHmac('sha256', key).update(message).digest('base64url');
}
