import type { Exemption } from './exemption.js';
import { ignoreUrls } from './ignore-urls.js';

/** Lets an admin panel through: `/admin` covers `/admin`, `/admin/` and what is beneath, not `/administrator`. */
export function ignoreAdminSite(path: string): Exemption {
  const prefix = path.length > 1 ? path.replace(/\/$/, '') : path;
  return { ...ignoreUrls([prefix]), name: 'admin-site' };
}
