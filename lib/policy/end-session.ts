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
    covers: (facts) =>
      userFunctions.confirms('logout', async () => {
        if (!isToEnd(await userKinds(facts, user), logout)) return false;
        await logout.handler(facts.request);
        return ignore.anonymousUsers === true;
      }),
  };
}

export function endsSessions({ authenticatedUsers, staff, superusers }: ResolvedOptions['logout']): boolean {
  return authenticatedUsers || staff || superusers;
}

/** The most special kind decides: a superuser who is staff as well is a superuser. */
function isToEnd({ authenticated, staff, superuser }: UserKinds, logout: ResolvedOptions['logout']): boolean {
  if (superuser) return logout.superusers;
  if (staff) return logout.staff;
  return authenticated && logout.authenticatedUsers;
}
