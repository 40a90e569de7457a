import type { RequestFacts } from '../contracts/request-facts.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
import { settled } from '../options/user-functions.js';
import { currentUser } from './current-user.js';

/** What a rule about users has to know of one. */
export interface UserKinds {
  readonly authenticated: boolean;
  readonly staff: boolean;
  readonly superuser: boolean;
}

const ANONYMOUS: UserKinds = { authenticated: false, staff: false, superuser: false };

/** Who sends the request. Only `true` is a yes: a function that forgot to await has said nothing. */
export async function userKinds(facts: RequestFacts, options: ResolvedOptions['user']): Promise<UserKinds> {
  const user = await currentUser(facts, options);
  if (user === null) return ANONYMOUS;
  const staff: unknown = settled(options.isStaff(user));
  const superuser: unknown = settled(options.isSuperuser(user));
  return { authenticated: true, staff: staff === true, superuser: superuser === true };
}
