import type { RequestFacts } from '../contracts/request-facts.js';
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
