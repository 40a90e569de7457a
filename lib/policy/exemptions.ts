import type { RequestFacts } from '../interfaces/request-facts.js';
import { defaultClientIp } from '../options/option-callbacks.js';
import { endsSessions, hasUserRules, type ResolvedOptions } from '../options/resolved-options.js';
import type { CurrentState } from '../state/current-state.js';
import type { Bypass } from './bypass.js';
import type { Exemption } from './exemption.js';
import {
  allowedIpAddresses,
  ignoreAdminSite,
  ignoreIpAddresses,
  ignoreRedirectTarget,
  ignoreTests,
  ignoreUrls,
  ignoreWhen,
} from './request-exemptions.js';
import { askedUntilKnown, endSession, ignoreUsers } from './user-exemptions.js';

/** The exemptions that the options set. It does not matter which of them lets a request through. */
export interface Exemptions {
  /** They need only the request. */
  readonly request: readonly Exemption[];
  /** They need the user. */
  readonly user: readonly Exemption[];
  /** Checked last, since it ends the session of a user whom nothing else exempts. */
  readonly logout: readonly Exemption[];
  /** Whether only the guards of the route find out who the user is (`user.afterGuards`). */
  readonly afterGuards: boolean;
  /** Whether the application knows the user before middleware and guards have run. */
  readonly isKnown: (facts: RequestFacts) => Promise<boolean>;
  /** Whether none of them calls a function of the application. */
  readonly areSelfContained: boolean;
}

type Options = Pick<ResolvedOptions, 'ignore' | 'getClientIp' | 'user' | 'logout' | 'response' | 'callbacks'>;

/** Every exemption is in one of the lists. */
export function buildExemptions(
  options: Options,
  bypass: Bypass,
  state: Pick<CurrentState, 'allowedAddresses'>,
): Exemptions {
  const { ignore, getClientIp, logout, response, callbacks } = options;
  const { afterGuards } = options.user;
  const user = askedUntilKnown(options.user);
  const when = ignore.when && ignoreWhen(ignore.when, callbacks);
  const byUser = [
    hasUserRules(ignore) && ignoreUsers(ignore, user, callbacks),
    // The application's own rule may look at the user too.
    afterGuards && when,
  ].filter(isExemption);
  const sessions = [endsSessions(logout) && endSession({ ignore, user, logout }, callbacks)].filter(
    isExemption,
  );
  return {
    request: [
      bypass,
      ignore.adminSite !== undefined && ignoreAdminSite(ignore.adminSite),
      ignore.tests === true && ignoreTests(process),
      allowedIpAddresses(state, getClientIp, callbacks),
      ignore.ipAddresses.length > 0 && ignoreIpAddresses(ignore.ipAddresses, getClientIp, callbacks),
      ignore.urls && ignore.urls.length > 0 && ignoreUrls(ignore.urls),
      !afterGuards && when,
      response.redirectUrl !== undefined && ignoreRedirectTarget(response.redirectUrl),
    ].filter(isExemption),
    user: byUser,
    logout: sessions,
    afterGuards,
    isKnown: ({ request }) => isKnown(user.get, request),
    areSelfContained: byUser.length + sessions.length === 0 && !when && getClientIp === defaultClientIp,
  };
}

/** Errors are logged by the exemption that calls the same function. */
async function isKnown(get: ResolvedOptions['user']['get'], request: unknown): Promise<boolean> {
  try {
    return Boolean(await get?.(request));
  } catch {
    return false;
  }
}

function isExemption(candidate: Exemption | false | null | undefined): candidate is Exemption {
  return Boolean(candidate);
}
