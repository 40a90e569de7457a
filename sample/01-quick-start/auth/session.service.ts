import { createHash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { User } from './user.js';

const COOKIE = 'session';

/** Keeps in memory who is logged in. */
@Injectable()
export class SessionService {
  /** By the hash of the token, so that the time of a look-up shows nothing about existing tokens. */
  readonly #users = new Map<string, User>();

  start(response: Response, user: User): void {
    const token = randomBytes(32).toString('base64url');
    this.#users.set(sha256(token), user);
    // With SameSite other sites cannot post our forms in the user's name.
    response.cookie(COOKIE, token, { httpOnly: true, sameSite: 'lax' });
  }

  end(request: Request, response: Response): void {
    this.#users.delete(sha256(tokenOf(request)));
    response.clearCookie(COOKIE);
  }

  userOf(request: Request): User | null {
    return this.#users.get(sha256(tokenOf(request))) ?? null;
  }
}

function tokenOf({ headers }: Request): string {
  const cookies = headers.cookie?.split('; ') ?? [];
  return cookies.find((cookie) => cookie.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1) ?? '';
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}
