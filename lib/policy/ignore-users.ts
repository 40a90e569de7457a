import type { ResolvedOptions } from '../options/resolved-options.js';
import type { UserFunctions } from '../options/user-functions.js';
import type { Exemption } from './exemption.js';
import { userKinds } from './user-kinds.js';

/** Lets kinds of users through. Where it cannot be told who it is, nobody passes. */
export function ignoreUsers(
  ignore: ResolvedOptions['ignore'],
  user: ResolvedOptions['user'],
  userFunctions: UserFunctions,
): Exemption {
  return {
    name: 'users',
    covers: (facts) =>
      userFunctions.confirms('user', async () => {
        const kinds = await userKinds(facts, user);
        return (
          (ignore.anonymousUsers === true && !kinds.authenticated) ||
          (ignore.authenticatedUsers === true && kinds.authenticated) ||
          (ignore.staff === true && kinds.staff) ||
          (ignore.superusers === true && kinds.superuser)
        );
      }),
  };
}

export function hasUserRules({
  anonymousUsers,
  authenticatedUsers,
  staff,
  superusers,
}: ResolvedOptions['ignore']): boolean {
  return [anonymousUsers, authenticatedUsers, staff, superusers].includes(true);
}
