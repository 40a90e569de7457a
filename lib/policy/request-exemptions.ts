import type { RequestFacts } from '../interfaces/request-facts.js';
import type { IgnoreOptions } from '../options/maintenance-module-options.js';
import type { OptionCallbacks } from '../options/option-callbacks.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
import type { CurrentState } from '../state/current-state.js';
import { settled } from '../validation/values.js';
import { type AddressRange, AddressRanges } from '../validation/address-ranges.js';
import { PathPrefixes, unambiguousPath } from '../validation/url-paths.js';
import type { Exemption } from './exemption.js';

/** Lets requests through by their path: prefixes and regular expressions. Query and fragment do not count. */
export function ignoreUrls(urls: readonly (string | RegExp)[]): Exemption {
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
export function ignoreAdminSite(path: string): Exemption {
  const prefix = path.length > 1 ? path.replace(/\/$/, '') : path;
  return { ...ignoreUrls([prefix]), name: 'admin-site' };
}

/**
 * Lets requests through from the listed addresses and CIDR ranges.
 *
 * An address that does not parse is never exempt: a forged `X-Forwarded-For` must exempt nothing.
 */
export function ignoreIpAddresses(
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
export function allowedIpAddresses(
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
export function ignoreWhen(when: NonNullable<IgnoreOptions['when']>, callbacks: OptionCallbacks): Exemption {
  return {
    name: 'when',
    covers: ({ request }) => callbacks.confirms('ignore.when', () => when(request)),
  };
}

/**
 * Lets the target of `redirectUrl` through, which would redirect to itself otherwise. An absolute URL exempts nothing: only
 * the `Host` header could show that it belongs to this application, and clients choose that header.
 */
export function ignoreRedirectTarget(redirectUrl: string): Exemption | null {
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
export function ignoreTests(process: TestedProcess): Exemption {
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
