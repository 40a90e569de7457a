import type { RequestFacts } from '../interfaces/request-facts.js';
import type { Exemption } from './exemption.js';

/**
 * Lets the page through that the others are redirected to: otherwise it would redirect to itself. Null for an absolute URL:
 * only the `Host` header could say that it is one of this application, and clients choose that.
 */
export function redirectTarget(redirectUrl: string): Exemption | null {
  if (!redirectUrl.startsWith('/')) return null;
  const { pathname } = new URL(redirectUrl, 'http://any.invalid');
  return {
    name: 'redirect-target',
    covers: (facts) => ['GET', 'HEAD'].includes(facts.method) && pathOf(facts) === pathname,
  };
}

/** The path as it was sent: in any other spelling than the target's own it is not the target. */
function pathOf({ url }: RequestFacts): string | undefined {
  return url.split(/[?#]/, 1)[0];
}
