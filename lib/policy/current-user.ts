import type { RequestFacts } from '../interfaces/request-facts.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
import { memberOf } from '../validation/member.js';

/**
 * The authenticated user of a request: what `user.get` says, else `request.user`; null where there is none. Passport says
 * `false` for nobody, so what is falsy is no user.
 */
export async function currentUser(
  { request }: RequestFacts,
  { get }: ResolvedOptions['user'],
): Promise<unknown> {
  return (await get?.(request)) || memberOf(request, 'user') || null;
}

/**
 * Gate and guard, and several rules, want to know the same user: the application is asked until it has said who it is.
 * Nobody may be somebody later, when middleware has opened the session.
 */
export function askedUntilKnown(user: ResolvedOptions['user']): ResolvedOptions['user'] {
  const { get } = user;
  if (!get) return user;
  const known = new WeakMap<object, unknown>();
  return {
    ...user,
    get: async (request) => {
      const found = known.get(request as object) ?? (await get(request));
      if (found) known.set(request as object, found);
      return found;
    },
  };
}
