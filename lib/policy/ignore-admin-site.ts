import type { Exemption } from './exemption.js';
import { PathPrefixes } from './path-prefixes.js';
import { unambiguousPath } from '../validation/url-path.js';

/** Lets an admin panel through: `/admin` covers `/admin`, `/admin/` and what is beneath, not `/administrator`. */
export function ignoreAdminSite(path: string): Exemption {
  const prefixes = new PathPrefixes([path.length > 1 ? path.replace(/\/$/, '') : path]);
  return {
    name: 'admin-site',
    covers({ url }) {
      const requested = unambiguousPath(url);
      return requested !== null && prefixes.cover(requested);
    },
  };
}
