import type { ResolvedOptions } from '../options/resolved-options.js';
import type { UserFunctions } from '../options/user-functions.js';
import type { Exemption } from './exemption.js';
import { type UserKinds, userKinds } from './user-kinds.js';

/**
 * Asked last, of a user whom nothing exempts: ends the session, and then lets the request through if anonymous users pass.
 * A session that cannot be ended lets nobody through.
 */
export function endSession(
  { logout, user, ignore }: Pick<ResolvedOptions, 'logout' | 'user' | 'ignore'>,
  userFunctions: UserFunctions,
): Exemption {
  return {
    name: 'logout',
    covers: async (facts) => {
      const toEnd = await userFunctions.confirms('user', async () =>
        isToEnd(await userKinds(facts, user), logout),
      );
      if (!toEnd) return false;
      return userFunctions.confirms('logout', async () => {
        await logout.handler(facts.request);
        return ignore.anonymousUsers === true;
      });
    },
  };
}

/** The most special kind decides: a superuser who is staff as well is a superuser. */
function isToEnd(user: UserKinds, logout: ResolvedOptions['logout']): boolean {
  if (user.isSuperuser()) return logout.superusers;
  if (user.isStaff()) return logout.staff;
  return user.isAuthenticated && logout.authenticatedUsers;
}
