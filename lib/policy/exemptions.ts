import type { ResolvedOptions } from '../options/resolved-options.js';
import { endsSessions, hasUserRules } from '../options/user-rules.js';
import type { UserFunctions } from '../options/user-functions.js';
import type { Bypass } from './bypass.js';
import { endSession } from './end-session.js';
import type { Exemption } from './exemption.js';
import { ignoreAdminSite } from './ignore-admin-site.js';
import { ignoreIpAddresses } from './ignore-ip-addresses.js';
import { ignoreTests } from './ignore-tests.js';
import { ignoreUrls } from './ignore-urls.js';
import { ignoreUsers } from './ignore-users.js';
import { ignoreWhen } from './ignore-when.js';
import { redirectTarget } from './redirect-target.js';

/** The exemptions that the options ask for, built once, in the order in which they are asked. */
export interface Exemptions {
  /** Asked as soon as the request is there. */
  readonly early: readonly Exemption[];
  /** Asked when all guards of the route have run, and only if none of the others has let the request through. */
  readonly late: readonly Exemption[];
}

type Rules = Pick<ResolvedOptions, 'ignore' | 'getClientIp' | 'user' | 'logout' | 'response'>;

export function buildExemptions(
  options: Rules,
  bypass: Bypass | null,
  userFunctions: UserFunctions,
): Exemptions {
  const { ignore, getClientIp, user, logout, response } = options;
  const users = hasUserRules(ignore) ? ignoreUsers(ignore, user, userFunctions) : null;
  const when = ignore.when ? ignoreWhen(ignore.when, userFunctions) : null;
  const sessions = endsSessions(logout) ? endSession(options, userFunctions) : null;
  const of = (known: Exemption | null): readonly Exemption[] =>
    known === null || user.afterGuards ? [] : [known];
  const early = [
    bypass,
    ...of(users),
    ignore.adminSite === undefined ? null : ignoreAdminSite(ignore.adminSite),
    ignore.tests === true ? ignoreTests(process) : null,
    ignore.ipAddresses.length > 0 ? ignoreIpAddresses(ignore.ipAddresses, getClientIp, userFunctions) : null,
    ignore.urls && ignore.urls.length > 0 ? ignoreUrls(ignore.urls) : null,
    ...of(when),
    response.redirectUrl === undefined ? null : redirectTarget(response.redirectUrl),
    ...of(sessions),
  ];
  const late = user.afterGuards ? [users, when, sessions] : [];
  return { early: early.filter((item) => item !== null), late: late.filter((item) => item !== null) };
}
