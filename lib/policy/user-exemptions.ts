import type { RequestFacts } from '../interfaces/request-facts.js';
import type { OptionCallbacks } from '../options/option-callbacks.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
import { memberOf, settled } from '../validation/values.js';
import type { Exemption } from './exemption.js';

type UserOptions = ResolvedOptions['user'];

/** Lets kinds of users through. If finding out the user fails, it exempts nothing. */
export function ignoreUsers(
  ignore: ResolvedOptions['ignore'],
  options: UserOptions,
  callbacks: OptionCallbacks,
): Exemption {
  return {
    name: 'users',
    covers: (facts) =>
      callbacks.confirms('user', async () => {
        const user = await userKinds(facts, options);
        return (
          (ignore.anonymousUsers === true && !user.isAuthenticated) ||
          (ignore.authenticatedUsers === true && user.isAuthenticated) ||
          (ignore.staff === true && user.isStaff()) ||
          (ignore.superusers === true && user.isSuperuser())
        );
      }),
  };
}

/**
 * Ends the session of a user whom nothing exempts, and then lets the request through if anonymous users pass. If the
 * session cannot be ended, the request is blocked.
 */
export function endSession(
  { logout, user: options, ignore }: Pick<ResolvedOptions, 'logout' | 'user' | 'ignore'>,
  callbacks: OptionCallbacks,
): Exemption {
  return {
    name: 'logout',
    covers: async (facts) => {
      const hasToEnd = await callbacks.confirms('user', async () =>
        isToEnd(await userKinds(facts, options), logout),
      );
      if (!hasToEnd) return false;
      return callbacks.confirms('logout', async () => {
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

/**
 * The authenticated user of a request: the result of `user.get`, else `request.user`, else null. Passport sets `false` if
 * there is no user, so falsy values count as none.
 */
export async function currentUser({ request }: RequestFacts, { get }: UserOptions): Promise<unknown> {
  return (await get?.(request)) || memberOf(request, 'user') || null;
}

/**
 * Several exemptions, at the gate and in the guard, need the same user. `user.get` is called until it has returned one: there
 * may be a user later, when middleware has opened the session.
 */
export function askedUntilKnown(options: UserOptions): UserOptions {
  const { get } = options;
  if (!get) return options;
  const known = new WeakMap<object, unknown>();
  return {
    ...options,
    get: async (request) => {
      const found = known.get(request as object) ?? (await get(request));
      if (found) known.set(request as object, found);
      return found;
    },
  };
}

/** `isStaff` and `isSuperuser` are called only if a rule needs them. */
interface UserKinds {
  readonly isAuthenticated: boolean;
  isStaff(): boolean;
  isSuperuser(): boolean;
}

const ANONYMOUS: UserKinds = { isAuthenticated: false, isStaff: () => false, isSuperuser: () => false };

/** Only `true` counts, not a promise of it: these functions are synchronous. */
async function userKinds(facts: RequestFacts, options: UserOptions): Promise<UserKinds> {
  const user = await currentUser(facts, options);
  if (user === null) return ANONYMOUS;
  return {
    isAuthenticated: true,
    isStaff: () => settled<unknown>(options.isStaff(user)) === true,
    isSuperuser: () => settled<unknown>(options.isSuperuser(user)) === true,
  };
}
