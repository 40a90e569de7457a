import type { MaintenanceStatus } from '../interfaces/maintenance-status.js';
import type { RequestFacts } from '../interfaces/request-facts.js';
import type { IgnoreOptions } from '../options/maintenance-module-options.js';
import { defaultClientIp, type OptionCallbacks } from '../options/option-callbacks.js';
import { endsSessions, hasUserRules, type ResolvedOptions } from '../options/resolved-options.js';
import type { CurrentState } from '../state/current-state.js';
import { type AddressRange, AddressRanges, PathPrefixes, unambiguousPath } from '../validation/matchers.js';
import { memberOf, settled } from '../validation/values.js';

/** A rule that lets requests through during maintenance. */
export interface Exemption {
  readonly name: string;
  /** Whether the request passes. `status` is the one that would block it. */
  covers(facts: RequestFacts, status: MaintenanceStatus): boolean | Promise<boolean>;
}

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
  bypass: Exemption,
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

/** Lets requests through by their path: prefixes and regular expressions. Query and fragment do not count. */
function ignoreUrls(urls: readonly (string | RegExp)[]): Exemption {
  const prefixes = new PathPrefixes(urls.filter((url) => typeof url === 'string'));
  const patterns = urls.filter((url) => url instanceof RegExp);
  return {
    name: 'urls',
    covers({ url }) {
      const path = unambiguousPath(url);
      return path !== null && (prefixes.cover(path) || patterns.some((pattern) => pattern.test(path)));
    },
  };
}

/** Lets an admin panel through: `/admin` covers `/admin`, `/admin/` and everything below, but not `/administrator`. */
function ignoreAdminSite(path: string): Exemption {
  const prefix = path.length > 1 ? path.replace(/\/$/, '') : path;
  return { ...ignoreUrls([prefix]), name: 'admin-site' };
}

/**
 * Lets requests through from the listed addresses and CIDR ranges.
 *
 * An address that does not parse is never exempt: a forged `X-Forwarded-For` must exempt nothing.
 */
function ignoreIpAddresses(
  listed: readonly AddressRange[],
  getClientIp: ResolvedOptions['getClientIp'],
  callbacks: OptionCallbacks,
): Exemption {
  const ranges = new AddressRanges(listed);
  return {
    name: 'ip-addresses',
    covers: ({ request }) => hasClient(ranges, request, getClientIp, callbacks),
  };
}

/** Lets requests through from the addresses that are let in with the maintenance that would block them. */
function allowedIpAddresses(
  state: Pick<CurrentState, 'allowedAddresses'>,
  getClientIp: ResolvedOptions['getClientIp'],
  callbacks: OptionCallbacks,
): Exemption {
  /** The state returns the same list until something changes. */
  const known = new WeakMap<readonly AddressRange[], AddressRanges>();
  return {
    name: 'allowed-ip-addresses',
    covers({ request }, { scope }) {
      const listed = state.allowedAddresses(scope);
      if (listed.length === 0) return false;
      let ranges = known.get(listed);
      if (!ranges) known.set(listed, (ranges = new AddressRanges(listed)));
      return hasClient(ranges, request, getClientIp, callbacks);
    },
  };
}

function hasClient(
  ranges: AddressRanges,
  request: unknown,
  getClientIp: ResolvedOptions['getClientIp'],
  callbacks: OptionCallbacks,
): boolean {
  const ip: unknown = callbacks.call(
    'getClientIp',
    () => settled(getClientIp(request)),
    () => undefined,
  );
  return typeof ip === 'string' && ranges.has(ip);
}

/** Lets requests through for which `ignore.when` returns `true`. If it fails, it exempts nothing. */
function ignoreWhen(when: NonNullable<IgnoreOptions['when']>, callbacks: OptionCallbacks): Exemption {
  return {
    name: 'when',
    covers: ({ request }) => callbacks.confirms('ignore.when', () => when(request)),
  };
}

/**
 * Lets the target of `redirectUrl` through, which would redirect to itself otherwise. An absolute URL exempts nothing: only
 * the `Host` header could show that it belongs to this application, and clients choose that header.
 */
function ignoreRedirectTarget(redirectUrl: string): Exemption | null {
  if (!redirectUrl.startsWith('/')) return null;
  const { pathname } = new URL(redirectUrl, 'http://any.invalid');
  return {
    name: 'redirect-target',
    covers: (facts) => ['GET', 'HEAD'].includes(facts.method) && pathOf(facts) === pathname,
  };
}

/** The path as it was sent: another spelling is not the target. */
function pathOf({ url }: RequestFacts): string | undefined {
  return url.split(/[?#]/, 1)[0];
}

/** Lets every request through while a test runner runs this process. */
function ignoreTests(process: TestedProcess): Exemption {
  const isTested = isTestRun(process);
  return { name: 'tests', covers: () => isTested };
}

type TestedProcess = Pick<NodeJS.Process, 'env' | 'argv' | 'execArgv'>;

/** Jest, Vitest and Node's runner set environment variables; Mocha is found by the path of the program. */
export function isTestRun({ env, argv, execArgv }: TestedProcess): boolean {
  return (
    env['JEST_WORKER_ID'] !== undefined ||
    env['VITEST'] !== undefined ||
    env['NODE_TEST_CONTEXT'] !== undefined ||
    env['MOCHA_WORKER_ID'] !== undefined ||
    execArgv.includes('--test') ||
    /[\\/]_?mocha(?:\.js)?$/.test(argv[1] ?? '')
  );
}

type UserOptions = ResolvedOptions['user'];

/** Lets kinds of users through. If finding out the user fails, it exempts nothing. */
function ignoreUsers(
  ignore: ResolvedOptions['ignore'],
  options: UserOptions,
  callbacks: OptionCallbacks,
): Exemption {
  return {
    name: 'users',
    covers(facts) {
      const isIgnored = async (): Promise<boolean> => {
        const user = await currentUser(facts, options);
        if (user === null) return ignore.anonymousUsers === true;
        return (
          ignore.authenticatedUsers === true ||
          (ignore.staff === true && is('isStaff', user, options)) ||
          (ignore.superusers === true && is('isSuperuser', user, options))
        );
      };
      return callbacks.settle('user', isIgnored, () => false);
    },
  };
}

/**
 * Ends the session of a user whom nothing exempts, and then lets the request through if anonymous users pass. If the
 * session cannot be ended, the request is blocked.
 */
function endSession(
  { logout, user: options, ignore }: Pick<ResolvedOptions, 'logout' | 'user' | 'ignore'>,
  callbacks: OptionCallbacks,
): Exemption {
  return {
    name: 'logout',
    covers: async (facts) => {
      const hasToEnd = await callbacks.confirms('user', async () => {
        const user = await currentUser(facts, options);
        return user !== null && isToEnd(user, options, logout);
      });
      if (!hasToEnd) return false;
      return callbacks.confirms('logout', async () => {
        await logout.handler(facts.request);
        return ignore.anonymousUsers === true;
      });
    },
  };
}

/** The most special kind decides: a superuser who is staff as well is a superuser. */
function isToEnd(user: unknown, options: UserOptions, logout: ResolvedOptions['logout']): boolean {
  if (is('isSuperuser', user, options)) return logout.superusers;
  if (is('isStaff', user, options)) return logout.staff;
  return logout.authenticatedUsers;
}

/** Only `true` counts, not a promise of it: these functions are synchronous. */
function is(kind: 'isStaff' | 'isSuperuser', user: unknown, options: UserOptions): boolean {
  return settled<unknown>(options[kind](user)) === true;
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
function askedUntilKnown(options: UserOptions): UserOptions {
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
