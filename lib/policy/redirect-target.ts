import type { RequestFacts } from '../contracts/request-facts.js';
import type { Exemption } from './exemption.js';

/** Lets the page through that the others are redirected to: otherwise it would redirect to itself. */
export function redirectTarget(redirectUrl: string): Exemption {
  const isPath = redirectUrl.startsWith('/');
  const target = new URL(redirectUrl, 'http://any.invalid');
  return {
    name: 'redirect-target',
    covers: (facts) =>
      ['GET', 'HEAD'].includes(facts.method) &&
      pathOf(facts) === target.pathname &&
      (isPath || isHost(facts, target)),
  };
}

/** The path as it was sent: in any other spelling than the target's own it is not the target. */
function pathOf({ url }: RequestFacts): string | undefined {
  return url.split(/[?#]/, 1)[0];
}

function isHost({ host, secure }: RequestFacts, target: URL): boolean {
  const origin = `${secure ? 'https' : 'http'}://${host}`;
  return URL.canParse(origin) && new URL(origin).host === target.host;
}
