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
          (ignore.anonymousUsers === true && !kinds.isAuthenticated) ||
          (ignore.authenticatedUsers === true && kinds.isAuthenticated) ||
          (ignore.staff === true && kinds.isStaff()) ||
          (ignore.superusers === true && kinds.isSuperuser())
        );
      }),
  };
}
