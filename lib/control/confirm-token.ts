import { createHmac, timingSafeEqual } from 'node:crypto';

const LIFETIME_MS = 10 * 60 * 1000;

/** What a token is bound to: it is good for this user, this action and this revision only, so it works once. */
export interface TokenSubject {
  readonly action: 'on' | 'off';
  readonly user: string;
  readonly revision: number;
}

/** A token for the confirm page, signed with the record's key; valid for ten minutes. */
export function issueToken(key: string, subject: TokenSubject, now: number): string {
  const expires = now + LIFETIME_MS;
  return `${expires}.${sign(key, subject, expires)}`;
}

export function isValidToken(token: string, key: string, subject: TokenSubject, now: number): boolean {
  const [, expires, signature] = /^(\d{1,15})\.([\w-]{43})$/.exec(token) ?? [];
  if (expires === undefined || signature === undefined || Number(expires) <= now) return false;
  return timingSafeEqual(Buffer.from(signature), Buffer.from(sign(key, subject, Number(expires))));
}

function sign(key: string, { action, user, revision }: TokenSubject, expires: number): string {
  const message = JSON.stringify(['nestjs-maintenance-mode confirm', action, user, revision, expires]);
  return createHmac('sha256', key).update(message).digest('base64url');
}
