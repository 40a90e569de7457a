import { createHmac, timingSafeEqual } from 'node:crypto';

const LIFETIME_MS = 10 * 60 * 1000;

/** A token is valid for this user, this action and this revision only, so it works once. */
export interface TokenSubject {
  readonly action: string;
  readonly user: string;
  readonly revision: number;
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
