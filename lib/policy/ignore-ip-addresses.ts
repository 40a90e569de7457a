import type { ResolvedOptions } from '../options/resolved-options.js';
import { settled } from '../options/thenable.js';
import type { UserFunctions } from '../options/user-functions.js';
import type { AddressRange } from '../validation/ip-address.js';
import { AddressRanges } from './address-ranges.js';
import type { Exemption } from './exemption.js';

/**
 * Lets requests through from the listed addresses and CIDR ranges.
 *
 * An address that does not parse is never exempt: a forged `X-Forwarded-For` must not open the door.
 */
export function ignoreIpAddresses(
  listed: readonly AddressRange[],
  getClientIp: ResolvedOptions['getClientIp'],
  userFunctions: UserFunctions,
): Exemption {
  const ranges = new AddressRanges(listed);
  return {
    name: 'ip-addresses',
    covers({ request }) {
      const ip: unknown = userFunctions.call(
        'getClientIp',
        () => settled(getClientIp(request)),
        () => undefined,
      );
      return typeof ip === 'string' && ranges.has(ip);
    },
  };
}
