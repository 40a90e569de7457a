import { createHash, timingSafeEqual } from 'node:crypto';
import type { Request } from 'express';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Who sends ADMIN_TOKEN as a bearer token is the admin; without that variable, nobody is. */
export function userOf({ headers }: Request): { id: string } | null {
  const token = process.env['ADMIN_TOKEN'];
  if (!token) return null;
  // Digests are of one length, which the comparison asks for.
  const isAdmin = timingSafeEqual(digest(headers.authorization ?? ''), digest(`Bearer ${token}`));
  return isAdmin ? { id: 'admin' } : null;
}
