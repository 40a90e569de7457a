import { memberOf } from '../validation/values.js';

/** The user's `id`, `sub`, `username` or `name`, as text; empty if there is none. */
export function defaultUserId(user: unknown): string {
  for (const name of ['id', 'sub', 'username', 'name']) {
    const value = memberOf(user, name);
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint')
      return String(value);
  }
  return '';
}

/** `user.isSuperuser === true` */
export function defaultIsSuperuser(user: unknown): boolean {
  return memberOf(user, 'isSuperuser') === true;
}

/** `user.isStaff === true` */
export function defaultIsStaff(user: unknown): boolean {
  return memberOf(user, 'isStaff') === true;
}

/** The adapter's `request.ip`, which follows its proxy settings. */
export function defaultClientIp(request: unknown): string | undefined {
  const ip = memberOf(request, 'ip');
  return typeof ip === 'string' ? ip : undefined;
}

/**
 * Ends a session as Passport does (`request.logout`), else as express-session and @fastify/session do.
 *
 * @throws if there is neither, and what they throw.
 */
export async function defaultLogout(request: unknown): Promise<void> {
  if (typeof memberOf(request, 'logout') === 'function') return callBack(request, 'logout');
  const session = memberOf(request, 'session');
  if (typeof memberOf(session, 'destroy') === 'function') {
    await callBack(session, 'destroy');
    forgetUser(request);
    return;
  }
  throw new Error('the request has neither logout() nor session.destroy(): set logout.handler');
}

/** As Passport does: a handler that anonymous requests may reach must not see the former user. */
function forgetUser(request: unknown): void {
  if (memberOf(request, 'user') !== undefined) Reflect.set(request as object, 'user', null);
}

/** Calls a method that takes a callback, returns a promise, or is done when it returns. */
async function callBack(target: unknown, name: 'logout' | 'destroy'): Promise<void> {
  const method = memberOf(target, name) as (done: (error?: unknown) => void) => unknown;
  await new Promise<void>((resolve, reject) => {
    const result = method.call(target, (error) => (error ? reject(error as Error) : resolve()));
    if (result instanceof Promise) result.then(() => resolve(), reject);
    else if (method.length === 0) resolve();
  });
}
