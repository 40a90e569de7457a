import type { RequestFacts } from '../interfaces/request-facts.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
import { settled } from '../options/thenable.js';
import { currentUser } from './current-user.js';

/** What a rule about users may ask of one. The application's functions are called only if it asks. */
export interface UserKinds {
  readonly isAuthenticated: boolean;
  isStaff(): boolean;
  isSuperuser(): boolean;
}

const ANONYMOUS: UserKinds = { isAuthenticated: false, isStaff: () => false, isSuperuser: () => false };

/** Who sends the request. Only `true` is a yes: a function that forgot to await has said nothing. */
export async function userKinds(facts: RequestFacts, options: ResolvedOptions['user']): Promise<UserKinds> {
  const user = await currentUser(facts, options);
  if (user === null) return ANONYMOUS;
  return {
    isAuthenticated: true,
    isStaff: () => settled<unknown>(options.isStaff(user)) === true,
    isSuperuser: () => settled<unknown>(options.isSuperuser(user)) === true,
  };
}
