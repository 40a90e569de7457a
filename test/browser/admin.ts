import type { BrowserContext } from 'playwright-core';
import type { UserOptions } from '../../lib/index.js';

/** What the admin's browser attaches by itself. */
export type Credentials =
  'SameSite=Strict' | 'SameSite=Lax' | 'a cookie without SameSite' | 'Basic credentials';

const COOKIE = 'session=4711';
export const BASIC = { username: 'admin', password: '4711' };
const AUTHORIZATION = `Basic ${Buffer.from(`${BASIC.username}:${BASIC.password}`).toString('base64')}`;

interface WithHeaders {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

export function isAdmin({ headers: { cookie, authorization } }: WithHeaders): boolean {
  return cookie === COOKIE || authorization === AUTHORIZATION;
}

export const adminUser: UserOptions = {
  get: (request: WithHeaders) => (isAdmin(request) ? { id: 'admin', isSuperuser: true } : null),
};

/** Logs in at `GET /login`. A cookie comes from the server: the browser treats one without SameSite by its age. */
export async function logIn(context: BrowserContext, url: string): Promise<void> {
  const page = await context.newPage();
  await page.goto(`${url}/login`);
  await page.close();
}

/** What `GET /login` answers, with a challenge where it does not get the credentials that it asks for. */
export function loginAnswer(
  credentials: Credentials,
  request: WithHeaders,
): { status: number; headers: Record<string, string> } {
  if (credentials !== 'Basic credentials') {
    const sameSite = credentials === 'a cookie without SameSite' ? '' : `; ${credentials}`;
    return { status: 200, headers: { 'Set-Cookie': `${COOKIE}; Path=/; HttpOnly${sameSite}` } };
  }
  return isAdmin(request)
    ? { status: 200, headers: {} }
    : { status: 401, headers: { 'WWW-Authenticate': 'Basic realm="shop"' } };
}
