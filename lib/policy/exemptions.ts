import type { RequestFacts } from '../interfaces/request-facts.js';
import { defaultClientIp } from '../options/request-defaults.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
import { endsSessions, hasUserRules } from '../options/user-rules.js';
import type { UserFunctions } from '../options/user-functions.js';
import type { Bypass } from './bypass.js';
import { askedUntilKnown } from './current-user.js';
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
  /** Asked before a body is read: what does not depend on the user, and ends no session, which nobody has opened yet. */
  readonly gate: readonly Exemption[];
  /** Asked before a body is read where it is known who sends it, or nobody will tell. */
  readonly gateUsers: readonly Exemption[];
  /** Asked when the guards of the route begin. */
  readonly early: readonly Exemption[];
  /** Asked when all guards of the route have run, and only if none of the others has let the request through. */
  readonly late: readonly Exemption[];
  /**
   * Whether all that can be known of the user is known before the request has been through middleware and guards;
   * undefined where no rule asks who it is.
   */
  readonly knowsUser: ((facts: RequestFacts) => boolean | Promise<boolean>) | undefined;
  /** Whether nothing of the application has a say in them. */
  readonly areSelfContained: boolean;
}

type Rules = Pick<ResolvedOptions, 'ignore' | 'getClientIp' | 'user' | 'logout' | 'response'>;

export function buildExemptions(
  options: Rules,
  bypass: Bypass | null,
  userFunctions: UserFunctions,
): Exemptions {
  const { ignore, getClientIp, logout, response } = options;
  const user = askedUntilKnown(options.user);
  const users = hasUserRules(ignore) ? ignoreUsers(ignore, user, userFunctions) : null;
  const when = ignore.when ? ignoreWhen(ignore.when, userFunctions) : null;
  const sessions = endsSessions(logout) ? endSession({ ignore, user, logout }, userFunctions) : null;
  const of = (known: Exemption | null): readonly Exemption[] =>
    known === null || user.afterGuards ? [] : [known];
  const gate = [
    bypass,
    ignore.adminSite === undefined ? null : ignoreAdminSite(ignore.adminSite),
    ignore.tests === true ? ignoreTests(process) : null,
    ignore.ipAddresses.length > 0 ? ignoreIpAddresses(ignore.ipAddresses, getClientIp, userFunctions) : null,
    ignore.urls && ignore.urls.length > 0 ? ignoreUrls(ignore.urls) : null,
    ...of(when),
    response.redirectUrl === undefined ? null : redirectTarget(response.redirectUrl),
  ];
  const [, ...others] = gate;
  const early = [bypass, ...of(users), ...others, ...of(sessions)];
  const late = user.afterGuards ? [users, when, sessions] : [];
  const gateUsers = user.afterGuards ? [users, when] : [users];
  const asksForUser = [...late, users, sessions].some((exemption) => exemption !== null);
  const knowsUser = ({ request }: RequestFacts): boolean | Promise<boolean> =>
    !user.afterGuards && sessions === null && isSomebody(user.get, request);
  return {
    gate: gate.filter(isThere),
    gateUsers: gateUsers.filter(isThere),
    early: early.filter(isThere),
    late: late.filter(isThere),
    knowsUser: asksForUser ? knowsUser : undefined,
    areSelfContained: !asksForUser && when === null && getClientIp === defaultClientIp,
  };
}

/** A failure is told by the rule that needs the answer. */
async function isSomebody(get: ResolvedOptions['user']['get'], request: unknown): Promise<boolean> {
  try {
    return Boolean(await get?.(request));
  } catch {
    return false;
  }
}

function isThere(exemption: Exemption | null): exemption is Exemption {
  return exemption !== null;
}
