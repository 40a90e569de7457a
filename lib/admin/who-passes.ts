import type { ResolvedOptions } from '../options/resolved-options.js';

type Options = Pick<ResolvedOptions, 'ignore' | 'bypass' | 'response'>;

/** Who passes while maintenance is active: one line for each rule of the options. */
export function whoPasses({ ignore, bypass, response }: Options, issuedSecrets: number): readonly string[] {
  const { anonymousUsers, authenticatedUsers, staff, superusers, adminSite, urls = [], ipAddresses } = ignore;
  const lines: (string | false | undefined)[] = [
    bypass.secret !== undefined && 'Whoever has the bypass secret of the options',
    issuedSecrets > 0 &&
      `Whoever has ${issuedSecrets === 1 ? 'the bypass link' : `one of the ${issuedSecrets} bypass links`} made here`,
    anonymousUsers && 'Users who are not logged in',
    authenticatedUsers && 'Users who are logged in',
    staff && 'Staff',
    superusers && 'Superusers',
    ipAddresses.length > 0 &&
      `${ipAddresses.length} ${ipAddresses.length === 1 ? 'address or range' : 'addresses or ranges'} of ignore.ipAddresses`,
    adminSite !== undefined && `Requests below ${adminSite}`,
    urls.length > 0 && `Requests for ${urls.map(String).join(', ')}`,
    ignore.when !== undefined && 'Requests for which ignore.when returns true',
    ignore.tests === true && 'Everything while a test runner runs the process',
    response.redirectUrl !== undefined && `Requests for ${response.redirectUrl}, where visitors are sent`,
  ];
  return lines.filter((line) => typeof line === 'string');
}
